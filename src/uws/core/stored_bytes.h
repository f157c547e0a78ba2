// The bytes of jobs, for the REST layer: writes uploads to blobs, and reads blobs.
//
// Owner: main. Any thread may call; calls may block on the local disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "store/blob_store.h"
#include "util/bytes.h"
#include "util/result.h"
#include "uws/core/job.h"

namespace uws {

/// A blob that is being uploaded. Its destructor removes the finished blob, unless take() was called.
class Upload : public util::ByteSink {
 public:
  Upload(store::BlobStore& blobs, std::unique_ptr<store::BlobWriter> writer);
  ~Upload() override;

  util::Status write(std::string_view bytes) override;
  util::Status finish() override;
  util::Status sync() override;

  /// All bytes of the finished blob; fails with `too_large` if there are more than `at_most`.
  util::Result<std::string> read(std::uint64_t at_most) const;
  /// Makes a job parameter of the finished blob. From then on this object does not remove the blob.
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
