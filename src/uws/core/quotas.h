// Limits the number of jobs of each owner (U14). Counting an owner's jobs takes longer the more there are. So the jobs
// of an owner far below the limits are counted only now and then, and new jobs are added to that count in memory. Jobs
// that end or are deleted meanwhile only make the true number smaller. Jobs that other services on the same database
// create in that time are not counted. Owner: JobService. Any thread may call.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

#include "store/database.h"
#include "util/result.h"
#include "uws/core/job_list.h"
#include "uws/core/job_service.h"

namespace uws {

class Quotas {
 public:
  explicit Quotas(const JobOptions& options) : options_(options) {}

  /// Called within the transaction that creates a job of `owner`. Counts the new job, or fails with too_many.
  util::Status admit(store::Transaction& transaction, const Owner& owner);

  /// True if a recent count in memory is far below the limits. False: the jobs must be counted. Never asks the
  /// database.
  bool has_room(const Owner& owner);
  /// Waits until no other transaction counts this owner's jobs, and keeps others from it until this transaction ends.
  static void lock(store::Transaction& transaction, const Owner& owner);
  /// Counts the owner's jobs in the database; fails with too_many if no more are allowed.
  util::Status check(store::Session& session, const Owner& owner);

 private:
  using Clock = std::chrono::steady_clock;
  struct Known {
    Counts counts;  // counted jobs, and jobs admitted since
    Clock::time_point counted;
  };

  bool admit_uncounted(const std::string& owner, std::int64_t more);
  void remember(const std::string& owner, const Counts& counts);
  bool is_far_below(const Counts& counts) const;

  const JobOptions options_;
  std::mutex mutex_;
  std::unordered_map<std::string, Known> known_;
};

}  // namespace uws
