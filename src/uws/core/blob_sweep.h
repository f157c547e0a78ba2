// Removes the blobs of earlier lives to which no row refers: their writers died before their commit.
//
// In the background, a part after the other, each with one statement: the job tree serves meanwhile. What fails is left
// to the next start. Owner: main, which stops it before the database. A thread of its own, which may block on the disk.
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

/// Those of them to which no row refers; at most some hundreds at a time.
std::vector<store::BlobId> unreferred(store::Session& session, const std::vector<store::BlobId>& blobs);

class BlobSweep {
 public:
  BlobSweep(store::Database& database, store::BlobStore& blobs, std::unique_ptr<store::BlobListing> listing);

  /// `done`: how many were removed, when all was looked at; on its thread.
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
  util::EventLoop loop_{"blob-sweep"};  // last: its tasks use all of the above
};

}  // namespace uws
