// The logs of a run: two growing blobs, readable while they grow.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "executor/engine.h"
#include "store/blob_store.h"
#include "uws/core/seams.h"

namespace executor {

/// One stream. Written by the engine's thread, sealed by a worker, read by anybody.
class LogStream : public uws::ResultSource {
 public:
  LogStream(store::BlobStore& blobs, std::uint64_t limit_bytes) : blobs_(blobs), limit_(limit_bytes) {}

  /// False: it is full, and more would be thrown away.
  bool write(std::string_view bytes);
  /// The engine will tell everything once more, from the first byte: what is stored is skipped.
  void rewind();
  /// What is not known of its bytes, unless more is wrong with them.
  void doubt(std::string why);
  /// No more bytes.
  void end();

  struct Sealed {
    store::BlobId blob;
    std::uint64_t size_bytes = 0;
    std::string sha256;
    std::string note;  // why it is not whole, or may not be; empty: it is
    std::string tail;  // its last bytes, for messages
  };
  /// Ends it, and makes it a blob to keep; an error when a part could not be stored. Once. Blocks on the disk.
  util::Result<Sealed> seal();

  std::uint64_t size() const override;
  bool ended() const override;
  util::Result<std::size_t> read(std::uint64_t offset, char* buffer, std::size_t capacity) override;
  std::shared_ptr<void> on_growth(std::function<void()> listener) override;

 private:
  bool store(std::string_view bytes);
  util::Status create();
  void tell();

  using Listener = std::shared_ptr<std::function<void()>>;
  /// Outlives the stream while somebody holds a registration.
  struct Listeners {
    std::mutex mutex;
    std::uint64_t last = 0;
    std::map<std::uint64_t, Listener> by_number;
  };

  store::BlobStore& blobs_;
  const std::uint64_t limit_;
  mutable std::mutex mutex_;
  std::unique_ptr<store::BlobWriter> writer_;
  store::BlobId id_;
  std::uint64_t size_ = 0;
  std::uint64_t skip_ = 0;
  std::string note_;  // it is cut
  std::string doubt_;
  util::Status stored_;  // an error: not all that should be here is
  bool ended_ = false;
  const std::shared_ptr<Listeners> listeners_ = std::make_shared<Listeners>();
};

/// Both, as the engine wants them.
class LogRecorder : public LogSink {
 public:
  LogRecorder(store::BlobStore& blobs, std::uint64_t limit_bytes);
  ~LogRecorder() override;

  bool on_stdout(std::string_view bytes) override;
  bool on_stderr(std::string_view bytes) override;
  void on_stdout_doubt(std::string why) override { out_->doubt(std::move(why)); }
  void on_stderr_doubt(std::string why) override { err_->doubt(std::move(why)); }
  void rewind();

  const std::shared_ptr<LogStream>& out() const { return out_; }
  const std::shared_ptr<LogStream>& err() const { return err_; }

 private:
  const std::shared_ptr<LogStream> out_;
  const std::shared_ptr<LogStream> err_;
};

}  // namespace executor
