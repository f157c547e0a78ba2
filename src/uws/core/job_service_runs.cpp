// JobService: the changes that the executor makes to jobs.
#include <utility>

#include "uws/core/job_service_impl.h"

namespace uws {

std::optional<JobRow> lock_claimed(store::Transaction& transaction, const JobId& id, std::int64_t fence) {
  auto row = lock_row(transaction, id);
  if (!row || !row->job.claimed || row->job.fence != fence) return std::nullopt;
  return row;
}

std::optional<Job> JobService::claim(store::Transaction& transaction, const JobId& id) {
  auto row = lock_row(transaction, id);
  if (!row || row->destroyed) return std::nullopt;
  Job& job = row->job;
  if (job.phase != Phase::queued || job.claimed) return std::nullopt;
  job.claimed = true;
  job.fence += 1;
  impl_->save(transaction, *row);
  return whole_job(transaction.session(), *std::move(row));
}

bool JobService::unclaim(store::Transaction& transaction, const JobId& id, std::int64_t fence) {
  auto row = lock_claimed(transaction, id, fence);
  if (!row || row->job.phase != Phase::queued) return false;
  impl_->end_claim(transaction, *row);
  return true;
}

bool JobService::executing(store::Transaction& transaction, const JobId& id, std::int64_t fence,
                           util::Instant start_time, const data::Node& info) {
  auto row = lock_claimed(transaction, id, fence);
  if (!row || row->job.phase != Phase::queued) return false;
  row->job.phase = Phase::executing;
  row->job.start_time = start_time;
  row->info = info_with_notes(info, row->info);
  impl_->save(transaction, *row);
  impl_->tell(transaction, row->job);
  return true;
}

bool JobService::suspended(store::Transaction& transaction, const JobId& id, std::int64_t fence, bool is_suspended) {
  auto row = lock_claimed(transaction, id, fence);
  if (!row || (row->job.phase != Phase::executing && row->job.phase != Phase::suspended)) return false;
  const Phase phase = is_suspended ? Phase::suspended : Phase::executing;
  if (row->job.phase == phase) return true;
  row->job.phase = phase;
  impl_->save(transaction, *row);
  impl_->tell(transaction, row->job);
  return true;
}

bool JobService::ended(store::Transaction& transaction, const JobId& id, std::int64_t fence, const Ending& ending) {
  auto row = lock_claimed(transaction, id, fence);
  if (!row || is_ended(row->job.phase)) return false;
  Job& job = row->job;
  job.phase = ending.phase;
  if (!job.start_time) job.start_time = ending.start_time;
  job.end_time = ending.end_time;
  job.error = ending.error;
  job.abort_time.reset();
  row->info = info_with_notes(ending.info, row->info);
  impl_->save(transaction, *row);
  insert_results(transaction, id, ending.results);
  impl_->tell(transaction, row->job);
  return true;
}

void JobService::released(store::Transaction& transaction, const JobId& id, std::int64_t fence) {
  auto row = lock_claimed(transaction, id, fence);
  if (row) impl_->end_claim(transaction, *row);
}

}  // namespace uws
