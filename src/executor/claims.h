// Database access for claims: a queued job becomes a run when its claim, its hold and its row in the table of runs are
// written in one transaction. The JobQueue chooses the jobs that start.
//
// Called on the database's threads; keeps no state.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "executor/admission.h"
#include "executor/job_queue.h"
#include "executor/run_store.h"
#include "uws/core/job_claims.h"

namespace executor {

struct Claim {
  uws::Job job;
  RunRow row;
  std::optional<util::Instant> queued_at = {};  // set for a new claim only
};

/// A claim that was found in the table of runs.
struct FoundClaim {
  Claim claim;             // for a run that is known already: only its row, and the id and fence of the job
  bool destroyed = false;  // the job is destroyed, or has no claim in the database any more
  bool abort_wanted = false;
};

struct ClaimRound {
  JobQueue::Plan plan;
  std::vector<Claim> claims;
  std::vector<uws::JobId> gone;  // jobs that were chosen but are no longer queued
};

/// When the hold of a run ends, as far as can be expected: after its execution time and the time to stop it. nullopt:
/// the job has no execution duration (0).
std::optional<util::Instant> expected_end(util::Instant start, std::chrono::milliseconds execution_time,
                                          std::chrono::seconds stop_grace);

util::Result<ClaimRound> claim_round(store::Transaction& transaction, uws::JobClaims& jobs, JobQueue& queue,
                                     const JobQueue::Supply& supply, const std::string& installation,
                                     std::chrono::seconds stop_grace);

/// The entry for the queue in memory.
JobQueue::Job waiting_job(const uws::QueuedJob& job, const Admission& admission);

/// Entries for the queue in memory, for those of `ids` that are queued.
std::vector<JobQueue::Job> read_waiting(store::Session& session, uws::JobClaims& jobs, const Admission& admission,
                                        const std::vector<uws::JobId>& ids);

/// All rows of the table of runs. For the runs in `known`, the job is not read.
util::Result<std::vector<FoundClaim>> read_claims(store::Session& session, uws::JobClaims& jobs,
                                                  const std::set<RunId>& known);

/// Behind a longer queue, the time of a start counts as unknown.
constexpr std::size_t longest_queue_of_outlook = 200;

/// The present state, as the basis of an estimate.
struct CapacityNow {
  std::vector<std::string> engines;
  std::map<std::string, util::Instant> ends;     // latest end of a hold, by its id; other holds have no known end
  std::optional<std::vector<uws::JobId>> ahead;  // the queued jobs in order; nullopt: read them from the database
};

/// Estimates how long, at most, a task with these needs would wait for its start if it were queued now and no later job
/// passed it. nullopt: unknown.
util::Result<std::optional<std::chrono::seconds>> read_outlook(store::Session& session, uws::JobClaims& jobs,
                                                               const Admission& admission, const CapacityNow& present,
                                                               const ledger::Resources& needs);

}  // namespace executor
