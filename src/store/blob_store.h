// Bytes that we keep: uploads, logs, results. First form: one file each, in a folder.
//
// A blob is named by a random id and written once. Nothing is a blob for good until a row refers to it: write, sync(),
// then commit the row. A file that no row refers to (its writer died before the commit) is found by list_blobs()
// after a start, and removed. Owner: main. Any thread may call; calls may block on the local disk.
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

/// Appends to a new blob. What was written can be read at once, through BlobStore::open(id()).
/// Destroyed without finish(), it removes the blob.
class BlobWriter : public util::ByteSink {
 public:
  virtual const BlobId& id() const = 0;
  /// Bytes written so far.
  virtual std::uint64_t size() const = 0;
  /// SHA-256 of what was written, as 64 hex digits; after finish() only.
  virtual const std::string& sha256() const = 0;
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;

  /// `too_large` is answered by write() beyond `limit_bytes`.
  virtual util::Result<std::unique_ptr<BlobWriter>> create(std::uint64_t limit_bytes) = 0;
  /// A range of the bytes that are there now; `not_found` when there is no such blob. `length` is cut to what is there.
  virtual util::Result<std::unique_ptr<util::ByteSource>> open(const BlobId& id, std::uint64_t offset = 0,
                                                               std::optional<std::uint64_t> length = std::nullopt) = 0;
  virtual util::Result<std::uint64_t> size(const BlobId& id) = 0;
  /// Returns when these blobs, and their names, would survive a power failure.
  virtual util::Status sync(const std::vector<BlobId>& ids) = 0;
  /// Absent is success.
  virtual util::Status remove(const BlobId& id) = 0;
};

/// Makes the folder (mode 0700) if it is missing.
util::Result<std::unique_ptr<BlobStore>> open_blob_folder(const std::string& folder);

}  // namespace store
