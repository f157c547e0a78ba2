// Stores blobs: uploads, logs, results. The only implementation keeps one file for each in a folder.
//
// A blob has a random id and is written once. It is kept for good only when a row refers to it: write it, sync() it,
// then commit the row. A file to which no row refers (its writer died before the commit) is found by list_blobs() after
// the next start, and removed. Owner: main. Any thread may call; calls may block on the local disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/bytes.h"
#include "util/result.h"

namespace store {

using BlobId = std::string;

/// Appends to a new blob. What was written can be read at once with BlobStore::open(id()). A writer that is destroyed
/// without finish() removes the blob.
class BlobWriter : public util::ByteSink {
 public:
  virtual const BlobId& id() const = 0;
  /// The number of bytes written so far.
  virtual std::uint64_t size() const = 0;
  /// The SHA-256 of the blob as 64 hex digits; only after finish().
  virtual const std::string& sha256() const = 0;
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;

  /// `limit_bytes`: write() returns `too_large` when the blob would become longer.
  virtual util::Result<std::unique_ptr<BlobWriter>> create(std::uint64_t limit_bytes) = 0;
  /// A range of the bytes that are written by now; `length` is cut to them. `not_found`: there is no such blob.
  virtual util::Result<std::unique_ptr<util::ByteSource>> open(const BlobId& id, std::uint64_t offset = 0,
                                                               std::optional<std::uint64_t> length = std::nullopt) = 0;
  virtual util::Result<std::uint64_t> size(const BlobId& id) = 0;
  /// Returns when these blobs and their directory entries would survive a power failure.
  virtual util::Status sync(const std::vector<BlobId>& ids) = 0;
  /// Succeeds also when there is no such blob.
  virtual util::Status remove(const BlobId& id) = 0;
};

/// Opens a folder of blobs; creates it (mode 0700) if it is missing.
util::Result<std::unique_ptr<BlobStore>> open_blob_folder(const std::string& folder);

}  // namespace store
