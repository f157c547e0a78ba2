// Destroys jobs whose destruction time has come, also those that became due while the service was down. Removes the
// blobs and then the rows of destroyed jobs, and the blobs of uploads that no job refers to.
//
// One thread does this step by step and may block on the local disk. It sleeps until the next job is due, or until one
// of the calls below wakes it. All jobs to destroy and rows to delete are found in the database, so the process may end
// after any step. Owner: JobService. Any thread may call.
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
  /// Destroys or archives a job that is due, in the given transaction.
  using Expire = std::function<void(store::Transaction&, const JobId&)>;

  Reaper(store::Database& database, store::BlobStore& blobs, Expire expire);

  void start();
  /// Joins the thread. What is left is done by the next process.
  void stop();

  /// To be called when the run of a destroyed job was released, or a job without a run was destroyed.
  void wake();
  /// To be called when a job becomes due at that time.
  void due_at(util::Instant instant);
  /// Removes those of the blobs to which no row refers.
  void discard(std::vector<store::BlobId> blobs);

 private:
  /// What there is to do.
  struct DueWork {
    std::vector<store::BlobId> blobs;
    std::vector<JobId> forgettable;
    std::vector<JobId> due;
    std::optional<util::Instant> next_due;
  };

  static DueWork read_due(store::Session& session, const std::vector<store::BlobId>& discarded);
  void begin();
  void found(util::Result<DueWork> findings, std::size_t discarded);
  void change(const DueWork& findings);
  void changed(const util::Status& status);
  void sleep_until(util::Instant instant);
  void pause();

  store::Database& database_;
  store::BlobStore& blobs_;
  const Expire expire_;

  // Used on the loop only.
  std::vector<store::BlobId> discarded_;
  bool started_ = false;
  bool busy_ = false;
  bool again_ = false;
  std::optional<util::Instant> alarm_time_;
  util::EventLoop::TimerId alarm_ = 0;

  util::EventLoop loop_;  // the last member, so destroyed first: its tasks use the others
};

}  // namespace uws
