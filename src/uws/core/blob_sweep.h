// Removes blobs of earlier processes to which no row refers, because their writers died before their commit.
//
// Runs once after the start, in the background, and asks the database about some hundreds of blobs at a time. A failure
// ends the sweep; the next start tries again. Owner: main, which stops it before the database. The sweep has its own
// thread, which may block on the disk.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "store/blob_listing.h"
#include "store/blob_store.h"
#include "store/database.h"
#include "util/event_loop.h"

namespace uws {

/// Returns those of `blobs` to which no row refers. At most some hundreds per call: they go into one statement.
std::vector<store::BlobId> unreferred(store::Session& session, const std::vector<store::BlobId>& blobs);

class BlobSweep {
 public:
  BlobSweep(store::Database& database, store::BlobStore& blobs, std::unique_ptr<store::BlobListing> listing);

  /// Calls `done` on the sweep's thread, with the number of removed blobs, when all blobs were checked.
  void start(std::function<void(std::size_t removed)> done);
  void stop() { loop_.stop(); }

 private:
  void next();
  void on_unreferred(const util::Result<std::vector<store::BlobId>>& strays);

  store::Database& database_;
  store::BlobStore& blobs_;
  std::unique_ptr<store::BlobListing> listing_;
  std::function<void(std::size_t)> done_;
  std::size_t removed_ = 0;
  util::EventLoop loop_{"blob-sweep"};  // the last member, so destroyed first: its tasks use the others
};

}  // namespace uws
