#include "uws/core/recent_jobs.h"

#include <utility>

namespace uws {
namespace {

constexpr std::size_t most_jobs = 2000;
constexpr std::size_t most_bytes_of_one = 8U << 10U;

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
    const auto found = jobs_.find(id);
    if (found != jobs_.end() && found->second.extent == Extent::whole) job = found->second.job;
  }
  if (!job || job->version != version) return std::nullopt;
  return *job;
}

std::shared_ptr<const Job> RecentJobs::current(const JobId& id, Extent extent) const {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.is_current || found->second.extent < extent) return nullptr;
  return found->second.job;
}

RecentJobs::Moment RecentJobs::moment() const {
  const std::lock_guard lock(mutex_);
  return moment_;
}

std::optional<RecentJobs::Moment> RecentJobs::known_moment() const {
  const std::lock_guard lock(mutex_);
  if (changes_ != Changes::are_told || !changing_.empty()) return std::nullopt;
  return moment_;
}

void RecentJobs::keep(const Job& job, Extent extent, std::size_t info_bytes, Moment moment) {
  if (bytes_of(job, info_bytes) > most_bytes_of_one) return;
  auto kept = std::make_shared<const Job>(job);
  const std::lock_guard lock(mutex_);
  const bool is_current = changes_ == Changes::are_told && moment == moment_ && !changing_.contains(job.id);
  const auto found = jobs_.find(job.id);
  if (found != jobs_.end() && found->second.extent > extent && found->second.job->version == job.version) {
    found->second.is_current = is_current;
    return;
  }
  if (found == jobs_.end() && jobs_.size() >= most_jobs) jobs_.erase(jobs_.begin());  // an arbitrary one
  jobs_[job.id] = {std::move(kept), extent, is_current};
}

void RecentJobs::changing(const JobId& id) {
  const std::lock_guard lock(mutex_);
  ++moment_;
  changing_.insert(id);
  if (const auto found = jobs_.find(id); found != jobs_.end()) found->second.is_current = false;
}

void RecentJobs::changed() {
  const std::lock_guard lock(mutex_);
  ++moment_;  // what was read since changing() may be older than the commit
  changing_.clear();
}

}  // namespace uws
