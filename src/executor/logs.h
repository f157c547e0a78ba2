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

/// One stream. The engine's thread writes it, a worker seals it, and any thread may read it.
class LogStream : public uws::ResultSource {
 public:
  LogStream(store::BlobStore& blobs, std::uint64_t limit_bytes) : blobs_(blobs), limit_(limit_bytes) {}

  /// Returns false if further bytes would be dropped: the stream is full, has ended, or could not be stored.
  bool write(std::string_view bytes);
  /// To be called before the engine sends the log again from its first byte. Bytes that are already stored are skipped.
  void rewind();
  /// Records why the stored bytes may not be right. seal() reports this unless the log is cut.
  void doubt(std::string why);
  /// Tells readers that no more bytes will come.
  void end();

  struct StoredLog {
    store::BlobId blob;
    std::uint64_t size_bytes = 0;
    std::string sha256;
    std::string note;  // why the log is not, or may not be, complete; empty: it is complete
    std::string tail;  // the last bytes of the log, for messages
  };
  /// Ends the stream and finishes its blob, which the caller then owns. Returns an error if bytes could not be stored.
  /// To be called once. Blocks on the disk.
  util::Result<StoredLog> seal();

  std::uint64_t size() const override;
  bool ended() const override;
  util::Result<std::size_t> read(std::uint64_t offset, char* buffer, std::size_t capacity) override;
  std::shared_ptr<void> on_growth(std::function<void()> listener) override;

 private:
  bool store(std::string_view bytes);
  util::Status create();
  void tell();

  using Listener = std::shared_ptr<std::function<void()>>;
  /// Outlives the stream as long as a registration of on_growth() exists.
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
  std::string note_;  // set if the log is cut
  std::string doubt_;
  util::Status stored_;  // an error if bytes could not be stored
  bool ended_ = false;
  const std::shared_ptr<Listeners> listeners_ = std::make_shared<Listeners>();
};

/// Both streams of a run, as the LogSink for the engine.
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
