// A cache of jobs, because clients ask for the same jobs again and again, and reading parameters, results and jobInfo
// is the most expensive part of such a request.
//
// On SQLite only this service writes to the database, one transaction at a time. So the cache knows which jobs are
// current, and the database is not asked at all: the code that changes a job calls changing() within its transaction,
// and changed() after the commit. On PostgreSQL the version of the job is read first, and a cached job of the same
// version is used. Only committed jobs are kept. Bounded in number and size. Owner: JobService. Any thread may call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "uws/core/job.h"

namespace uws {

class RecentJobs {
 public:
  enum class Changes { are_told, come_from_others_too };
  enum class Extent { summary, whole };
  /// A counter of changes. What is read after a moment is current as long as the counter has not changed since.
  using Moment = std::uint64_t;

  explicit RecentJobs(Changes changes) : changes_(changes) {}

  /// The whole job if it is kept in that version.
  std::optional<Job> find(const JobId& id, std::int64_t version) const;
  /// The job as it is committed now; null: the cache does not know, and the database must be asked. For
  /// Extent::summary, the whole job may be returned.
  std::shared_ptr<const Job> current(const JobId& id, Extent extent) const;

  /// To be called before the database is read for keep().
  Moment moment() const;
  /// The moment, if each change is told and no change is in progress. What is read after it, of any jobs, is current
  /// as long as this returns the same.
  std::optional<Moment> known_moment() const;
  /// `info_bytes`: the size of jobInfo as text. A summary does not replace a whole job of the same version.
  void keep(const Job& job, Extent extent, std::size_t info_bytes, Moment moment);

  // For the code that changes jobs:

  /// To be called within a transaction that changes or creates the job, before its commit.
  void changing(const JobId& id);
  /// To be called after the commit, before the next transaction changes a job.
  void changed();

 private:
  struct Entry {
    std::shared_ptr<const Job> job;
    Extent extent = Extent::summary;
    bool is_current = false;
  };

  const Changes changes_;
  mutable std::mutex mutex_;
  std::unordered_map<JobId, Entry> jobs_;
  std::unordered_set<JobId> changing_;  // jobs of transactions whose commit is not reported yet, or was rolled back
  Moment moment_ = 0;
};

}  // namespace uws
