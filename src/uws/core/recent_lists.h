// Lists as they were read last: portals ask for the same ones again and again. They are answered from memory where it
// is known that no job has changed since (RecentJobs::Changes::are_told), so on SQLite; elsewhere nothing is kept.
// Bounded in the number of entries, and in what a question may hold. Any thread.
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

  /// As it is committed now; null: ask the database.
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
  std::map<Key, std::shared_ptr<const Entries>> lists_;  // all of one moment
  RecentJobs::Moment moment_ = 0;
  std::size_t size_ = 0;  // entries, with one more for each list
};

}  // namespace uws
