// How many jobs each owner may have (U14). Counting them costs the more, the more there are; so who is far below his
// limits is counted now and then only, and his new jobs are added to that. That is never too few: what ends or is
// deleted meanwhile makes it fewer. What other services on the same database create within that time is not seen.
// Owner: JobService. Any thread.
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

  /// Within the transaction that makes a job of `owner`: too_many, or he has one more from now on.
  util::Status admit(store::Transaction& transaction, const Owner& owner);

  /// Whether he could have one more: true without a look at the database where he is known to be far below.
  bool has_room(const Owner& owner);
  /// Waits until no other transaction counts this owner's jobs, and lets none do so until the end of this one.
  static void lock(store::Transaction& transaction, const Owner& owner);
  /// The same by counting: too_many.
  util::Status check(store::Session& session, const Owner& owner);

 private:
  using Clock = std::chrono::steady_clock;
  struct Known {
    Counts counts;  // and what was admitted since
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
