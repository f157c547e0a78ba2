// Jobs as they were read last: clients ask for the same ones again and again, and most of such a request would be
// reading parameters, results and jobInfo once more.
//
// Where nobody else writes to the database, and one transaction at a time does (SQLite), it is known which of them are
// current, and the database is not asked at all: who changes a job says so within his transaction, and again once it
// is committed. Elsewhere a job counts when its version is the one that was just read. Only what was committed is kept.
// Bounded in number and size. Any thread.
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
  /// Counts changes: what was read after it was taken is current if there was none meanwhile.
  using Moment = std::uint64_t;

  explicit RecentJobs(Changes changes) : changes_(changes) {}

  std::optional<Job> find(const JobId& id, std::int64_t version) const;
  /// As it is committed now; null: ask the database. A summary may be more.
  std::shared_ptr<const Job> current(const JobId& id, Extent extent) const;

  /// To be taken before the database is read for keep().
  Moment moment() const;
  /// Whether what was read of jobs, of any of them, since that moment is as it is committed now.
  bool is_unchanged_since(Moment moment) const;
  /// `info_bytes`: the size of jobInfo as text. A summary does not replace a whole job of its version.
  void keep(const Job& job, Extent extent, std::size_t info_bytes, Moment moment);

  // The writer's:

  /// Within the transaction, before it is committed; of a new job too.
  void changing(const JobId& id);
  /// A transaction that changed a job is committed, and no other is under way.
  void changed();

 private:
  struct Kept {
    std::shared_ptr<const Job> job;
    Extent extent = Extent::summary;
    bool is_current = false;
  };

  const Changes changes_;
  mutable std::mutex mutex_;
  std::unordered_map<JobId, Kept> jobs_;
  std::unordered_set<JobId> changing_;  // by transactions that may be committed by now, or never
  Moment moment_ = 0;
};

}  // namespace uws
