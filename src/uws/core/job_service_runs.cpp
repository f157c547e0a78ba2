// JobService: what whoever runs jobs reads, and the changes that it makes.
#include <utility>

#include "uws/core/job_list.h"
#include "uws/core/job_service_impl.h"

namespace uws {

std::optional<JobRow> lock_claimed(store::Transaction& transaction, const JobId& id, std::int64_t fence) {
  auto row = lock_row(transaction, id);
  if (!row || !row->job.claimed || row->job.fence != fence) return std::nullopt;
  return row;
}

std::vector<QueuePlace> JobService::Impl::queued(store::Session& session, const QueuePlace& after,
                                                 std::size_t at_most) {
  return queued_jobs(session, after, at_most);
}

std::vector<QueuedJob> JobService::Impl::read_queued(store::Session& session, const std::vector<JobId>& ids) {
  return uws::read_queued(session, ids);
}

std::vector<ClaimedJob> JobService::Impl::claimed(store::Session& session) { return claimed_jobs(session); }

std::optional<Job> JobService::Impl::find(store::Session& session, const JobId& id) {
  auto row = load_row(session, id);
  if (!row) return std::nullopt;
  return whole_job(session, *std::move(row));
}

bool JobService::Impl::is_destroyed(store::Session& session, const JobId& id) {
  const auto row = load_row(session, id);
  return !row || row->destroyed;
}

std::optional<Job> JobService::Impl::claim(store::Transaction& transaction, const JobId& id) {
  auto row = lock_row(transaction, id);
  if (!row || row->destroyed) return std::nullopt;
  Job& job = row->job;
  if (job.phase != Phase::queued || job.claimed) return std::nullopt;
  job.claimed = true;
  job.fence += 1;
  save(transaction, *row);
  return whole_job(transaction.session(), *std::move(row));
}

bool JobService::Impl::unclaim(store::Transaction& transaction, const JobId& id, std::int64_t fence) {
  auto row = lock_claimed(transaction, id, fence);
  if (!row || row->job.phase != Phase::queued) return false;
  end_claim(transaction, *row);
  return true;
}

bool JobService::Impl::executing(store::Transaction& transaction, const JobId& id, std::int64_t fence,
                                 util::Instant start_time, const data::Node& info) {
  auto row = lock_claimed(transaction, id, fence);
  if (!row || row->job.phase != Phase::queued) return false;
  row->job.phase = Phase::executing;
  row->job.start_time = start_time;
  row->info = info_with_notes(info, row->info);
  save(transaction, *row);
  notify(transaction, row->job);
  return true;
}

bool JobService::Impl::suspended(store::Transaction& transaction, const JobId& id, std::int64_t fence,
                                 bool is_suspended) {
  auto row = lock_claimed(transaction, id, fence);
  if (!row || (row->job.phase != Phase::executing && row->job.phase != Phase::suspended)) return false;
  const Phase phase = is_suspended ? Phase::suspended : Phase::executing;
  if (row->job.phase == phase) return true;
  row->job.phase = phase;
  save(transaction, *row);
  notify(transaction, row->job);
  return true;
}

bool JobService::Impl::ended(store::Transaction& transaction, const JobId& id, std::int64_t fence,
                             const Ending& ending) {
  auto row = lock_claimed(transaction, id, fence);
  if (!row || is_ended(row->job.phase)) return false;
  Job& job = row->job;
  job.phase = ending.phase;
  if (!job.start_time) job.start_time = ending.start_time;
  job.end_time = ending.end_time;
  job.error = ending.error;
  job.abort_time.reset();
  row->info = info_with_notes(ending.info, row->info);
  save(transaction, *row);
  insert_results(transaction, id, ending.results);
  notify(transaction, row->job);
  return true;
}

void JobService::Impl::released(store::Transaction& transaction, const JobId& id, std::int64_t fence) {
  auto row = lock_claimed(transaction, id, fence);
  if (row) end_claim(transaction, *row);
}

}  // namespace uws
