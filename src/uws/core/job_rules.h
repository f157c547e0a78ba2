// The rules for jobs: who may do what, which changes are legal, and what is granted of requested times. Computes only;
// any thread may call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "uws/core/job_list.h"
#include "uws/core/job_service.h"
#include "uws/core/job_table.h"

namespace uws {

util::Error no_such_job();
/// What a caller wants to do with a job.
enum class Access {
  read,
  change,  // parameters, times, names, RUN
  end,     // abort and destroy
};
/// Fails with `forbidden`. Whoever knows the URL of an anonymous job may do everything with it (U65).
util::Status check_access(const Job& job, const Caller& caller, Access wanted);
/// Fails with `forbidden` unless the caller is an authenticated member of that group.
util::Status check_share(const std::optional<std::string>& group, const Caller& caller);
/// The error `forbidden`, such as "PHASE: RUN is not legal while the job is EXECUTING" (U16).
util::Error illegal(std::string input, const std::string& wish, Phase present, std::string legal);

/// `asked`: nullopt for the default, 0 for the maximum (U17, U42).
util::Result<std::chrono::seconds> granted_duration(std::optional<std::chrono::seconds> asked,
                                                    const JobOptions& options);
/// `asked`: nullopt for the default. The result nullopt means that the job is never destroyed by time (U17).
util::Result<std::optional<util::Instant>> granted_destruction(std::optional<util::Instant> asked,
                                                               util::Instant creation_time, util::Instant now,
                                                               const JobOptions& options);
util::Status check_run_id(const std::string& run_id);
/// Fails with invalid_argument for text that the database or XML cannot hold.
util::Status check_parameters(const std::vector<Parameter>& parameters);
/// Fails with `too_many` when another job would exceed a quota.
util::Status check_quotas(const Counts& counts, const JobOptions& options);

/// Makes the row of a new job, without its parameters.
util::Result<JobRow> new_row(const Creation& creation, util::Instant now, const JobOptions& options);
/// Fails with `forbidden` when `least` is longer than a job may last.
util::Status too_long(std::optional<std::chrono::seconds> least, const JobOptions& options);
/// Sets execution duration and notes as `accepted` says. A duration that the client gave is kept. Fails with
/// `forbidden` when the task needs longer than a job may last.
util::Status apply(const AcceptedTask& accepted, const JobOptions& options, JobRow& row);
/// `info` as JSON text, with the notes of the jobInfo text `former` added.
std::string info_with_notes(const data::Node& info, const std::string& former);

}  // namespace uws
