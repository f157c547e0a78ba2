// Lists the blobs in a folder that are older than a given time. Among them are files whose writers died before their
// commit. Owner: the code that removes those files. Used by one thread; calls may block on the local disk.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "store/blob_store.h"
#include "store/lock_file.h"
#include "util/result.h"

namespace store {

/// True when the text has the form of util::random_id(). Ids from outside must be checked so before they become part of
/// a path.
bool is_blob_id(const std::string& id);

class BlobListing {
 public:
  virtual ~BlobListing() = default;
  /// The next blobs, at most `at_most`; empty: there are no more.
  virtual util::Result<std::vector<BlobId>> next(std::size_t at_most) = 0;
};

/// Lists the blobs that were last changed before that time. If no other process used the folder at that time, no row
/// will ever refer to one of them that has no row now.
util::Result<std::unique_ptr<BlobListing>> list_blobs(const std::string& folder, LockFile::Time before);

}  // namespace store
