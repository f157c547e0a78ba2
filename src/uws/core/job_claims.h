// The part of the job service for whoever runs jobs: it reads the queue, claims jobs, and records what their runs did.
// The claim of a job has a number, its fence, which grows with each claim: whoever has an old one changes nothing.
//
// Implemented by JobService (JobService::claims()). Every function is called within a read or a write of the database,
// on its thread, and throws what SOCI throws. Functions that change a job take the caller's Transaction, so that the
// caller's own rows change in the same commit. Waiters are answered after the commit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "data/node.h"
#include "store/database.h"
#include "util/time.h"
#include "uws/core/job.h"
#include "uws/core/seams.h"

namespace uws {

struct ClaimedJob {
  JobId id;
  std::int64_t fence = 0;
  bool abort_wanted = false;
  bool destroyed = false;
};

class JobClaims {
 public:
  struct Ending {
    Phase phase = Phase::completed;             // COMPLETED, ERROR or ABORTED
    std::optional<util::Instant> start_time{};  // used if the run ended before EXECUTING was committed
    util::Instant end_time{};
    std::vector<ResultEntry> results{};
    std::optional<ErrorSummary> error{};
    data::Node info = data::Node::object();
  };

  virtual ~JobClaims() = default;

  /// Jobs that are QUEUED and not claimed, the longest queued first, beginning after the place `after`.
  virtual std::vector<QueuePlace> queued(store::Session& session, const QueuePlace& after, std::size_t at_most) = 0;
  /// Those of these jobs that are queued, in no particular order. Reads up to 32 jobs by one statement.
  virtual std::vector<QueuedJob> read_queued(store::Session& session, const std::vector<JobId>& ids) = 0;
  /// Jobs that are claimed and not released: a start-up must take up their runs.
  virtual std::vector<ClaimedJob> claimed(store::Session& session) = 0;
  /// A job of any owner, even a destroyed one; nullopt when its row was deleted.
  virtual std::optional<Job> find(store::Session& session, const JobId& id) = 0;
  virtual bool is_destroyed(store::Session& session, const JobId& id) = 0;

  /// Claims a queued job: its fence grows, `claimed` is set, and it stays QUEUED. nullopt: it is not queued any more,
  /// or it is claimed already.
  virtual std::optional<Job> claim(store::Transaction& transaction, const JobId& id) = 0;
  /// Returns a claimed job that has not started to the queue; if its abort was requested, it is ABORTED instead. False:
  /// the job has another fence by now, or is not QUEUED.
  virtual bool unclaim(store::Transaction& transaction, const JobId& id, std::int64_t fence) = 0;
  /// From QUEUED to EXECUTING. False: the job has another fence by now, or is not QUEUED.
  virtual bool executing(store::Transaction& transaction, const JobId& id, std::int64_t fence, util::Instant start_time,
                         const data::Node& info) = 0;

  /// From EXECUTING to SUSPENDED, or back. False: the job has another fence by now, or is in neither phase.
  virtual bool suspended(store::Transaction& transaction, const JobId& id, std::int64_t fence, bool is_suspended) = 0;

  virtual bool ended(store::Transaction& transaction, const JobId& id, std::int64_t fence, const Ending& ending) = 0;
  /// To be called when nothing of the run is left on the engine. The row of a destroyed job can then be deleted.
  virtual void released(store::Transaction& transaction, const JobId& id, std::int64_t fence) = 0;
};

}  // namespace uws
