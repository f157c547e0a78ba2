// The tables jobs, job_parameters and job_results: rows in and out. No rules here, and no transactions: each function
// is one step in the caller's. Statements are prepared once per connection. Database errors are thrown: the database's
// threads turn them into values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "store/database.h"
#include "uws/core/job.h"

namespace uws {

/// A row of jobs. Of `job` it holds all but parameters, results and info.
struct JobRow {
  Job job;
  std::string info = "{}";  // jobInfo as JSON
  /// When its place in the queue was taken.
  std::optional<util::Instant> queued_time;
  /// When its destruction is next to be seen to; nullopt: not by time.
  std::optional<util::Instant> due;
  /// The client said its execution duration: what its task needs does not replace that.
  bool duration_said = false;
  /// Invisible, until run and blobs are gone.
  bool destroyed = false;
};

std::optional<JobRow> load_row(store::Session& session, const JobId& id);
/// The same, and nobody else changes the row until the end of the transaction.
std::optional<JobRow> lock_row(store::Transaction& transaction, const JobId& id);
/// False: it was there already, as when it is not known whether a commit was the last that a connection did.
bool insert_row(store::Transaction& transaction, const JobRow& row);
/// Writes what may change and makes the version grow. Throws when the row is not as it was loaded.
void save_row(store::Transaction& transaction, JobRow& row);
/// Forgets a destroyed job that no run needs, with its parameters and results.
void delete_row(store::Transaction& transaction, const JobId& id);

/// The job with its parameters and results.
Job whole_job(store::Session& session, JobRow row);
/// The job without them, as far as the row holds it.
Job job_with_info(JobRow row);
/// Only its parameters and results.
void load_details(store::Session& session, Job& job);
/// Only that one of its results: of that id, or the primary one as "result". There may be thousands of others.
void load_result(store::Session& session, Job& job, const std::string& id);

void insert_parameters(store::Transaction& transaction, const JobId& id, const std::vector<Parameter>& parameters);
void delete_parameters(store::Transaction& transaction, const JobId& id);
void insert_results(store::Transaction& transaction, const JobId& id, const std::vector<ResultEntry>& results);
void delete_results(store::Transaction& transaction, const JobId& id);
/// Their names stay, their bytes are nobody's any more.
void forget_parameter_blobs(store::Transaction& transaction, const JobId& id);

std::vector<store::BlobId> blobs_of(const std::vector<Parameter>& parameters);
std::vector<store::BlobId> blobs_of(const Job& job);

}  // namespace uws
