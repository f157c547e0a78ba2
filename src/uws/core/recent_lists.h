// A cache of job lists, because portals ask for the same lists again and again. A list is answered from memory only if
// it is known that no job has changed since (RecentJobs::Changes::are_told), which is so on SQLite. On PostgreSQL
// nothing is kept. Bounded in the number of entries and in the size of a query. Owner: JobService. Any thread may call.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "uws/core/job_service.h"
#include "uws/core/recent_jobs.h"

namespace uws {

class RecentLists {
 public:
  using Entries = std::vector<JobReference>;

  explicit RecentLists(std::shared_ptr<const RecentJobs> jobs) : jobs_(std::move(jobs)) {}

  /// The list as it is committed now; null: the cache does not know, and the database must be asked.
  std::shared_ptr<const Entries> current(const ListName& name, const ListQuery& query) const;
  /// `moment`: RecentJobs::moment(), taken before the database was read.
  void keep(const ListName& name, const ListQuery& query, const Entries& entries, RecentJobs::Moment moment);

 private:
  struct Key {
    ListName name;
    ListQuery query;
    auto operator<=>(const Key&) const = default;
  };

  const std::shared_ptr<const RecentJobs> jobs_;
  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<const Entries>> lists_;  // all read at moment_
  RecentJobs::Moment moment_ = 0;
  std::size_t size_ = 0;  // the number of entries in all lists, plus one for each list
};

}  // namespace uws
