// The blobs that were left in a folder before a certain time: among them are files whose writers died before their
// commit. Owner: who sweeps them. One thread; calls may block on the local disk.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "store/blob_store.h"
#include "store/lock_file.h"
#include "util/result.h"

namespace store {

/// The shape of util::random_id(), and nothing else: what comes from outside is checked before it touches a path.
bool is_blob_id(const std::string& id);

class BlobListing {
 public:
  virtual ~BlobListing() = default;
  /// At most so many; none: there are no more.
  virtual util::Result<std::vector<BlobId>> next(std::size_t at_most) = 0;
};

/// What was last changed before that time. Of those, what no row refers to will never be referred to, if nobody else
/// used the folder then.
util::Result<std::unique_ptr<BlobListing>> list_blobs(const std::string& folder, LockFile::Time before);

}  // namespace store
