// What goes on after clients are done with a job: its destruction when the time has come, also while we were down; then
// its blobs, then its row. And blobs that no job came to own.
//
// One chain of steps on a thread of its own, which may block on the local disk; it sleeps until the next destruction
// is due, or until it is told of something. All that it must know stands in the store, so any step may be the last one
// of a process. Owner: JobService. Any thread may call.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "store/blob_store.h"
#include "store/database.h"
#include "util/event_loop.h"
#include "uws/core/job.h"

namespace uws {

class Reaper : public std::enable_shared_from_this<Reaper> {
 public:
  /// Sees to the destruction of a job that is due, in the given transaction.
  using Expire = std::function<void(store::Transaction&, const JobId&)>;

  Reaper(store::Database& database, store::BlobStore& blobs, Expire expire);

  void start();
  /// Joins. What is left is done after the next start().
  void stop();

  /// A destroyed job's run is gone, or it never had one.
  void wake();
  /// A job's destruction is to be seen to at that time.
  void due_at(util::Instant instant);
  /// Removes those to which no row refers.
  void discard(std::vector<store::BlobId> blobs);

 private:
  /// What there is to be done.
  struct Findings {
    std::vector<store::BlobId> blobs;
    std::vector<JobId> forgettable;
    std::vector<JobId> due;
    std::optional<util::Instant> next_due;
  };

  static Findings look(store::Session& session, const std::vector<store::BlobId>& discarded);
  void begin();
  void found(util::Result<Findings> findings, std::size_t discarded);
  void change(const Findings& findings);
  void changed(const util::Status& status);
  void sleep_until(util::Instant instant);
  void pause();

  store::Database& database_;
  store::BlobStore& blobs_;
  const Expire expire_;

  // Touched on the loop only.
  std::vector<store::BlobId> discarded_;
  bool started_ = false;
  bool busy_ = false;
  bool again_ = false;
  std::optional<util::Instant> alarm_time_;
  util::EventLoop::TimerId alarm_ = 0;

  util::EventLoop loop_;  // last: its tasks use all of the above
};

}  // namespace uws
