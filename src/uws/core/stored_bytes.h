// The bytes of jobs, as the job tree takes and serves them: uploads on their way in, blobs on their way out.
//
// Owner: main. Any thread; calls may block on the local disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "store/blob_store.h"
#include "util/bytes.h"
#include "util/result.h"
#include "uws/core/job.h"

namespace uws {

/// A blob that is removed with its last holder, unless somebody takes it.
class Upload : public util::ByteSink {
 public:
  Upload(store::BlobStore& blobs, std::unique_ptr<store::BlobWriter> writer);
  ~Upload() override;

  util::Status write(std::string_view bytes) override;
  util::Status finish() override;
  util::Status sync() override;

  /// All bytes of the finished blob; `too_large` beyond `at_most`.
  util::Result<std::string> read(std::uint64_t at_most) const;
  /// Hands the finished blob on, as a parameter of a job.
  Parameter take(std::string name, std::string media_type);

 private:
  store::BlobStore& blobs_;
  std::unique_ptr<store::BlobWriter> writer_;
  bool finished_ = false;
  bool taken_ = false;
};

class StoredBytes {
 public:
  explicit StoredBytes(store::BlobStore& blobs) : blobs_(blobs) {}

  util::Result<std::shared_ptr<Upload>> upload(std::uint64_t limit_bytes);
  util::Result<std::shared_ptr<util::ByteSource>> open(const store::BlobId& blob, std::uint64_t offset,
                                                       std::uint64_t length) const;

 private:
  store::BlobStore& blobs_;
};

}  // namespace uws
