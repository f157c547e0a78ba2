#include "executor/claims.h"

#include <utility>

#include "executor/outlook.h"
#include "util/failpoint.h"

namespace executor {
namespace {

/// A round is one transaction, and other writers wait for it.
constexpr std::size_t most_claims = 100;

ledger::Resources needs_of_queued(const uws::QueuedJob& job, const Admission& admission) {
  const auto task = admission.task_of(job.list, job.parameters);
  // A job whose parameters are no longer valid is claimed all the same; its run then fails with the reason.
  return task.ok() ? needs_of(*task, admission.policy()) : ledger::Resources{0, 0, 0};
}

}  // namespace

std::optional<util::Instant> expected_end(util::Instant start, std::chrono::milliseconds execution_time,
                                          std::chrono::seconds stop_grace) {
  if (execution_time.count() == 0) return std::nullopt;
  return start + execution_time + stop_grace;
}

util::Result<ClaimRound> claim_round(store::Transaction& transaction, uws::JobClaims& jobs, JobQueue& queue,
                                     const JobQueue::Supply& supply, const std::string& installation,
                                     std::chrono::seconds stop_grace) {
  const util::Instant now = util::now();
  std::map<std::string, ledger::Resources> free;
  for (const auto& [engine, capacity] : supply.engines) {
    ASSIGN_OR_RETURN(free[engine], ledger::free(transaction.session(), engine, now, std::nullopt, now));
  }
  ClaimRound result;
  result.plan = queue.choose(supply, std::move(free), most_claims);
  for (const JobQueue::Choice& choice : result.plan.choices) {
    auto job = jobs.claim(transaction, choice.place.id);
    if (!job) {
      result.gone.push_back(choice.place.id);
      continue;
    }
    const RunRow row{{installation, job->id, job->fence}, choice.engine, now, {}};
    ASSIGN_OR_RETURN(const bool held, ledger::try_hold(transaction,
                                                       {row.id.name(), choice.engine, choice.needs, now,
                                                        expected_end(now, job->execution_duration, stop_grace)},
                                                       now));
    if (!held) {  // the capacity of the engine has just shrunk
      jobs.unclaim(transaction, job->id, job->fence);
      continue;
    }
    insert_run(transaction, row);
    util::failpoint("claim.begun");
    result.claims.push_back({std::move(*job), row, choice.place.time});
  }
  return result;
}

JobQueue::Job waiting_job(const uws::QueuedJob& job, const Admission& admission) {
  return {job.place, job.owner, needs_of_queued(job, admission)};
}

std::vector<JobQueue::Job> read_waiting(store::Session& session, uws::JobClaims& jobs, const Admission& admission,
                                        const std::vector<uws::JobId>& ids) {
  std::vector<JobQueue::Job> waiting;
  for (const uws::QueuedJob& job : jobs.read_queued(session, ids)) {
    waiting.push_back(waiting_job(job, admission));
  }
  return waiting;
}

util::Result<std::vector<FoundClaim>> read_claims(store::Session& session, uws::JobClaims& jobs,
                                                  const std::set<RunId>& known) {
  std::map<uws::JobId, uws::ClaimedJob> claimed;
  for (uws::ClaimedJob& job : jobs.claimed(session)) {
    uws::JobId id = job.id;
    claimed.emplace(std::move(id), std::move(job));
  }
  std::vector<FoundClaim> runs;
  for (RunRow& row : all_runs(session)) {
    FoundClaim one;
    one.claim.job.id = row.id.job;
    one.claim.job.fence = row.id.attempt;
    const auto found = claimed.find(row.id.job);
    one.destroyed = found == claimed.end() || found->second.destroyed;
    one.abort_wanted = found != claimed.end() && found->second.abort_wanted;
    if (!known.contains(row.id)) {
      if (auto job = jobs.find(session, row.id.job)) one.claim.job = *std::move(job);
    }
    one.claim.row = std::move(row);
    runs.push_back(std::move(one));
  }
  return runs;
}

util::Result<std::optional<std::chrono::seconds>> read_outlook(store::Session& session, uws::JobClaims& jobs,
                                                               const Admission& admission, const CapacityNow& present,
                                                               const ledger::Resources& needs) {
  std::vector<uws::JobId> ids = present.ahead.value_or(std::vector<uws::JobId>());
  if (!present.ahead) {
    for (uws::QueuePlace& place : jobs.queued(session, {}, longest_queue_of_outlook + 1)) {
      ids.push_back(std::move(place.id));
    }
  }
  if (ids.size() > longest_queue_of_outlook) return std::optional<std::chrono::seconds>();
  const util::Instant now = util::now();
  std::map<std::string, ledger::Resources> free;
  std::vector<HeldResources> taken;
  for (const std::string& engine : present.engines) {
    ASSIGN_OR_RETURN(free[engine], ledger::free(session, engine, now, std::nullopt, now));
    for (const ledger::Hold& hold : ledger::holds(session, engine)) {
      const auto end = present.ends.find(hold.id);
      taken.push_back({engine, hold.resources, end == present.ends.end() ? std::nullopt : std::optional(end->second)});
    }
  }
  std::map<uws::JobId, QueuedNeeds> queued;
  for (const uws::QueuedJob& job : jobs.read_queued(session, ids)) {
    queued.emplace(job.place.id, QueuedNeeds{needs_of_queued(job, admission), job.execution_duration});
  }
  std::vector<QueuedNeeds> ahead;
  for (const uws::JobId& id : ids) {
    if (const auto found = queued.find(id); found != queued.end()) ahead.push_back(found->second);
  }
  return starts_within(std::move(free), std::move(taken), ahead, needs, now);
}

}  // namespace executor
