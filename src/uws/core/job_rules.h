// What is legal, and what is granted of what was asked for. Computes only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "uws/core/job_list.h"
#include "uws/core/job_service.h"
#include "uws/core/job_table.h"

namespace uws {

util::Error no_such_job();
/// What somebody may do to a job.
enum class Access {
  read,
  change,  // parameters, times, names, RUN
  end,     // abort and destroy
};
/// An anonymous job is his who knows its URL (U65).
util::Status check_access(const Job& job, const Caller& caller, Access wanted);
/// `forbidden` unless the caller is of that group, and somebody.
util::Status check_share(const std::optional<std::string>& group, const Caller& caller);
/// `forbidden`: "PHASE: RUN is not legal while the job is EXECUTING" (U16).
util::Error illegal(std::string input, const std::string& wish, Phase present, std::string legal);

/// nullopt asks for the default, 0 for the largest (U17, U42).
util::Result<std::chrono::seconds> granted_duration(std::optional<std::chrono::seconds> asked,
                                                    const JobOptions& options);
/// nullopt asks for the default; nullopt is never (U17).
util::Result<std::optional<util::Instant>> granted_destruction(std::optional<util::Instant> asked,
                                                               util::Instant creation_time, util::Instant now,
                                                               const JobOptions& options);
util::Status check_run_id(const std::string& run_id);
/// What neither the database nor XML could carry.
util::Status check_parameters(const std::vector<Parameter>& parameters);
/// `too_many` when one job more would be beyond a quota.
util::Status check_quotas(const Counts& counts, const JobOptions& options);

/// The job that is asked for, as it would be created now, without its parameters.
util::Result<JobRow> new_row(const Creation& creation, util::Instant now, const JobOptions& options);
/// `forbidden` when that is longer than a job may last.
util::Status too_long(std::optional<std::chrono::seconds> least, const JobOptions& options);
/// What was accepted says of the job beside its parameters; what the client has said of its duration counts more.
/// `forbidden` when the task needs longer than a job may last.
util::Status apply(const AcceptedTask& accepted, const JobOptions& options, JobRow& row);
/// jobInfo as text, with the notes of `former` (jobInfo too).
std::string info_with_notes(const data::Node& info, const std::string& former);

}  // namespace uws
