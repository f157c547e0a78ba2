// Reads and writes rows of the tables jobs, job_parameters and job_results. Without any rules, and within the caller's
// transaction. Statements are prepared once per connection. Called on the database's threads. Database errors are
// thrown; those threads turn them into util::Result.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "store/database.h"
#include "uws/core/job.h"

namespace uws {

/// A row of the table jobs. `job` is complete except for parameters, results and info.
struct JobRow {
  Job job;
  std::string info = "{}";  // jobInfo as JSON
  /// When the job was first QUEUED: its place in the queue.
  std::optional<util::Instant> queued_time;
  /// When the reaper must next destroy or archive the job; nullopt: at no time.
  std::optional<util::Instant> due;
  /// The client gave the execution duration: it is not replaced by what the task needs.
  bool duration_said = false;
  /// The job is invisible; the row is deleted once its run and blobs are gone.
  bool destroyed = false;
};

std::optional<JobRow> load_row(store::Session& session, const JobId& id);
/// The same; no other transaction can change the row until the end of this one.
std::optional<JobRow> lock_row(store::Transaction& transaction, const JobId& id);
/// Returns false if the row exists already. This happens when a connection was lost during a commit that succeeded, and
/// the work is run again.
bool insert_row(store::Transaction& transaction, const JobRow& row);
/// Writes the columns that may change, and increments the version. Throws if the row has changed since it was loaded.
void save_row(store::Transaction& transaction, JobRow& row);
/// Deletes a destroyed, unclaimed job with its parameters and results.
void delete_row(store::Transaction& transaction, const JobId& id);

/// The job with its parameters and results.
Job whole_job(store::Session& session, JobRow row);
/// The job with jobInfo, without parameters and results.
Job job_with_info(JobRow row);
/// Loads the parameters and results of the job.
void load_details(store::Session& session, Job& job);
/// Loads only one result, by its id, or the primary one as "result": a job may have thousands of results.
void load_result(store::Session& session, Job& job, const std::string& id);

void insert_parameters(store::Transaction& transaction, const JobId& id, const std::vector<Parameter>& parameters);
void delete_parameters(store::Transaction& transaction, const JobId& id);
void insert_results(store::Transaction& transaction, const JobId& id, const std::vector<ResultEntry>& results);
void delete_results(store::Transaction& transaction, const JobId& id);
/// Keeps the parameters, but not the references to their blobs.
void forget_parameter_blobs(store::Transaction& transaction, const JobId& id);

std::vector<store::BlobId> blobs_of(const std::vector<Parameter>& parameters);
std::vector<store::BlobId> blobs_of(const Job& job);

}  // namespace uws
