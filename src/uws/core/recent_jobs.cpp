#include "uws/core/recent_jobs.h"

#include <utility>

namespace uws {
namespace {

constexpr std::size_t most_jobs = 500;
constexpr std::size_t most_bytes_of_one = 16U << 10U;

std::size_t bytes_of(const Job& job, std::size_t info_bytes) {
  std::size_t bytes = info_bytes;
  for (const Parameter& parameter : job.parameters) bytes += parameter.name.size() + parameter.value.size();
  for (const ResultEntry& result : job.results) {
    bytes += sizeof result + result.id.size() + result.media_type.size() + result.sha256.size() + result.path.size();
  }
  if (job.error) bytes += job.error->message.size() + job.error->detail.size();
  return bytes;
}

}  // namespace

std::optional<Job> RecentJobs::find(const JobId& id, std::int64_t version) const {
  std::shared_ptr<const Job> job;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = jobs_.find(id); found != jobs_.end()) job = found->second;
  }
  if (!job || job->version != version) return std::nullopt;
  return *job;
}

void RecentJobs::keep(const Job& job, std::size_t info_bytes) {
  if (bytes_of(job, info_bytes) > most_bytes_of_one) return;
  auto kept = std::make_shared<const Job>(job);
  const std::lock_guard lock(mutex_);
  if (jobs_.size() >= most_jobs && !jobs_.contains(job.id)) jobs_.erase(jobs_.begin());  // any one
  jobs_[job.id] = std::move(kept);
}

}  // namespace uws
