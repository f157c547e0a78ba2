#include "uws/core/job_options.h"

#include <string>
#include <string_view>

namespace uws {
namespace {

using std::chrono::seconds;

constexpr std::int64_t most_jobs = 1'000'000'000;

void take_time(config::Reader& reader, std::string_view key, seconds& target) {
  reader.take_duration(key, target);
  if (target >= seconds(0) && target <= longest_time) return;
  reader.fault(key, "is out of range", "a time from 0 to 100 years, such as 12h or 7d");
}

void check_default(config::Reader& reader, std::string_view key, seconds value, std::string_view max_key,
                   seconds maximum) {
  if (maximum == seconds(0) || value <= maximum) return;
  const std::string own = std::to_string(value.count()) + " seconds" + (reader.has(key) ? "" : ", its default");
  reader.fault(key, "is " + own + ", more than " + std::string(max_key),
               "at most " + std::to_string(maximum.count()) + " seconds, or a larger " + std::string(max_key));
}

}  // namespace

JobOptions read_options(config::Reader& root, config::Faults& faults) {
  JobOptions options;
  config::Reader jobs(root.section("jobs"), faults);
  take_time(jobs, "default_execution_duration", options.default_execution_duration);
  take_time(jobs, "max_execution_duration", options.max_execution_duration);
  take_time(jobs, "default_destruction", options.default_destruction);
  take_time(jobs, "max_destruction", options.max_destruction);
  take_time(jobs, "archive_for", options.archive_for);
  take_time(jobs, "wait_cap", options.wait_cap);
  check_default(jobs, "default_execution_duration", options.default_execution_duration, "max_execution_duration",
                options.max_execution_duration);
  check_default(jobs, "default_destruction", options.default_destruction, "max_destruction", options.max_destruction);

  config::Reader per_owner(jobs.section("per_owner"), faults);
  per_owner.take("unended", options.max_unended_jobs_per_owner, {1, most_jobs});
  per_owner.take("total", options.max_jobs_per_owner, {1, most_jobs});
  per_owner.done();
  jobs.done();
  return options;
}

}  // namespace uws
