// A cache of job lists, because portals ask for the same lists again and again. A list is answered from memory only
// while the database is in the state in which the list was read. On SQLite, where no other service writes, RecentJobs
// knows the state. On PostgreSQL the state is asked for, which costs less than the list (store/committed_state).
// Bounded in the number of entries and in the size of a query. Owner: JobService. Any thread may call.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "uws/core/job_service.h"

namespace uws {

class RecentLists {
 public:
  using Entries = std::vector<JobReference>;
  /// Names a state of the database: if two are equal, no job was changed between them. Empty: it is not known.
  using State = std::string;

  /// The list in that state; null: the cache does not know it, and the database must be asked.
  std::shared_ptr<const Entries> find(const ListName& name, const ListQuery& query, const State& state) const;
  /// `state`: found out before the list was read. Lists in another state are forgotten.
  void keep(const ListName& name, const ListQuery& query, const Entries& entries, const State& state);

 private:
  struct Key {
    ListName name;
    ListQuery query;
    auto operator<=>(const Key&) const = default;
  };

  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<const Entries>> lists_;  // all in state_
  State state_;
  std::size_t size_ = 0;  // the number of entries in all lists, plus one for each list
};

}  // namespace uws
