// Queued jobs become runs: each is claimed together with its hold and its row, in one transaction. Who begins is the
// JobQueue's to choose; here stands what is read of the database, and written to it.
//
// Called on the database's threads; keeps nothing.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "executor/admission.h"
#include "executor/job_queue.h"
#include "executor/run_store.h"
#include "uws/core/job_service.h"

namespace executor {

struct Claim {
  uws::Job job;
  RunRow row;
  std::optional<util::Instant> queued_at = {};  // of a fresh one
};

/// A claim that is still there: its row is.
struct FoundClaim {
  Claim claim;             // of a run that is known already: only its row, and the job's id
  bool destroyed = false;  // its job is, or nothing is known of it any more
  bool abort_wanted = false;
};

struct ClaimRound {
  JobQueue::Plan plan;
  std::vector<Claim> claims;
  std::vector<uws::JobId> gone;  // were chosen, and are not queued any more
};

util::Result<ClaimRound> claim_round(store::Transaction& transaction, uws::JobService& jobs, JobQueue& queue,
                                     const JobQueue::Supply& supply, const std::string& installation);

/// As the queue keeps it.
JobQueue::Job waiting_job(const uws::QueuedJob& job, const Admission& admission);

/// Of these, what is queued, as the queue must know it.
std::vector<JobQueue::Job> read_waiting(store::Session& session, uws::JobService& jobs, const Admission& admission,
                                        const std::vector<uws::JobId>& ids);

/// Every run that has a row.
util::Result<std::vector<FoundClaim>> read_stock(store::Session& session, uws::JobService& jobs,
                                                 const std::set<RunId>& known);

/// Behind a longer one nobody knows when he starts.
constexpr std::size_t longest_queue_of_outlook = 200;

/// What is known of the present, for an outlook.
struct CapacityNow {
  std::vector<std::string> engines;
  std::map<std::string, util::Instant> ends;     // of holds, at the latest; others have no end that is known
  std::optional<std::vector<uws::JobId>> ahead;  // in the queue; nullopt: as the database has them
};

/// How soon a task with these needs would start at the latest if it were queued now and nobody came after it; nullopt:
/// nobody knows.
util::Result<std::optional<std::chrono::seconds>> read_outlook(store::Session& session, uws::JobService& jobs,
                                                               const Admission& admission, const CapacityNow& present,
                                                               const ledger::Amount& needs);

}  // namespace executor
