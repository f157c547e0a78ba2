#include "uws/core/job_table.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "util/log.h"
#include "util/text.h"
#include "uws/core/columns.h"
#include "uws/core/row_groups.h"

namespace uws {
namespace {

using soci::into;
using soci::use;

/// The columns of a row of jobs, as they are bound to the statements.
struct Columns {
  std::string id;
  std::string list;
  std::string owner;
  Nullable<std::string> shared_with;
  Nullable<std::string> run_id;
  std::string phase;
  long long creation_time = 0;
  Nullable<long long> queued_time;
  Nullable<long long> start_time;
  Nullable<long long> end_time;
  long long execution_duration = 0;
  Nullable<long long> destruction;
  Nullable<long long> due;
  int error_fatal = 0;
  Nullable<std::string> error_message;
  Nullable<std::string> error_detail;
  std::string error_code;
  std::string info;
  long long version = 0;
  long long fence = 0;
  int claimed = 0;
  Nullable<long long> abort_time;
  int destroyed = 0;
  int duration_said = 0;

  JobRow row() const;
  void set(const JobRow& row);
};

JobRow Columns::row() const {
  JobRow row;
  Job& job = row.job;
  job.id = id;
  job.list = list;
  job.owner = to_owner(owner);
  job.shared_with = shared_with.get();
  job.run_id = run_id.get();
  job.phase = to_phase(phase);
  job.creation_time = to_instant(creation_time);
  row.queued_time = to_instant(queued_time.get());
  job.start_time = to_instant(start_time.get());
  job.end_time = to_instant(end_time.get());
  job.execution_duration = std::chrono::seconds(execution_duration);
  job.destruction = to_instant(destruction.get());
  row.due = to_instant(due.get());
  if (error_message.get()) {
    job.error =
        ErrorSummary{error_fatal != 0, error_message.value, error_detail.get().value_or(std::string()), error_code};
  }
  row.info = info;
  job.version = version;
  job.fence = fence;
  job.claimed = claimed != 0;
  job.abort_time = to_instant(abort_time.get());
  row.destroyed = destroyed != 0;
  row.duration_said = duration_said != 0;
  return row;
}

void Columns::set(const JobRow& row) {
  const Job& job = row.job;
  id = job.id;
  list = job.list;
  owner = to_column(job.owner);
  shared_with.set(job.shared_with);
  run_id.set(job.run_id);
  phase = to_string(job.phase);
  creation_time = to_column(job.creation_time);
  queued_time.set(to_column(row.queued_time));
  start_time.set(to_column(job.start_time));
  end_time.set(to_column(job.end_time));
  execution_duration = job.execution_duration.count();
  destruction.set(to_column(job.destruction));
  due.set(to_column(row.due));
  error_fatal = job.error && job.error->fatal ? 1 : 0;
  // What an engine or a container wrote may be invalid UTF-8 or contain control characters.
  error_message.set(job.error ? std::optional(util::to_xml_text(job.error->message)) : std::nullopt);
  error_detail.set(job.error ? std::optional(util::to_xml_text(job.error->detail)) : std::nullopt);
  error_code = job.error ? job.error->code : std::string();
  info = row.info;
  version = job.version;
  fence = job.fence;
  claimed = job.claimed ? 1 : 0;
  abort_time.set(to_column(job.abort_time));
  destroyed = row.destroyed ? 1 : 0;
  duration_said = row.duration_said ? 1 : 0;
}

struct RowReader {
  explicit RowReader(soci::session& sql)
      : select((sql.prepare << "SELECT list, owner, run_id, phase, creation_time, queued_time, start_time, end_time,"
                               " execution_duration, destruction, due, error_fatal, error_message, error_detail,"
                               " error_code, info, version, fence, claimed, abort_time, destroyed, shared_with,"
                               " duration_said FROM jobs"
                               " WHERE id = :id",
                into(c.list), into(c.owner), into(c.run_id.value, c.run_id.indicator), into(c.phase),
                into(c.creation_time), into(c.queued_time.value, c.queued_time.indicator),
                into(c.start_time.value, c.start_time.indicator), into(c.end_time.value, c.end_time.indicator),
                into(c.execution_duration), into(c.destruction.value, c.destruction.indicator),
                into(c.due.value, c.due.indicator), into(c.error_fatal),
                into(c.error_message.value, c.error_message.indicator),
                into(c.error_detail.value, c.error_detail.indicator), into(c.error_code), into(c.info), into(c.version),
                into(c.fence), into(c.claimed), into(c.abort_time.value, c.abort_time.indicator), into(c.destroyed),
                into(c.shared_with.value, c.shared_with.indicator), into(c.duration_said), use(c.id))) {}

  Columns c;
  soci::statement select;
};

struct RowWriter {
  explicit RowWriter(soci::session& sql)
      : lock((sql.prepare << "UPDATE jobs SET version = version WHERE id = :id", use(c.id))),
        insert((sql.prepare
                    << "INSERT INTO jobs (id, list, owner, run_id, phase, creation_time, queued_time, start_time,"
                       " end_time, execution_duration, destruction, due, error_fatal, error_message,"
                       " error_detail, error_code, info, version, fence, claimed, abort_time, destroyed, shared_with,"
                       " duration_said)"
                       " VALUES (:id, :list, :owner, :run_id, :phase, :creation_time, :queued_time, :start_time,"
                       " :end_time, :execution_duration, :destruction, :due, :error_fatal, :error_message,"
                       " :error_detail, :error_code, :info, :version, :fence, :claimed, :abort_time, :destroyed,"
                       " :shared_with, :duration_said) ON CONFLICT (id) DO NOTHING",
                use(c.id), use(c.list), use(c.owner), use(c.run_id.value, c.run_id.indicator), use(c.phase),
                use(c.creation_time), use(c.queued_time.value, c.queued_time.indicator),
                use(c.start_time.value, c.start_time.indicator), use(c.end_time.value, c.end_time.indicator),
                use(c.execution_duration), use(c.destruction.value, c.destruction.indicator),
                use(c.due.value, c.due.indicator), use(c.error_fatal),
                use(c.error_message.value, c.error_message.indicator),
                use(c.error_detail.value, c.error_detail.indicator), use(c.error_code), use(c.info), use(c.version),
                use(c.fence), use(c.claimed), use(c.abort_time.value, c.abort_time.indicator), use(c.destroyed),
                use(c.shared_with.value, c.shared_with.indicator), use(c.duration_said))),
        update((sql.prepare << "UPDATE jobs SET run_id = :run_id, phase = :phase, queued_time = :queued_time,"
                               " start_time = :start_time, end_time = :end_time,"
                               " execution_duration = :execution_duration, destruction = :destruction, due = :due,"
                               " error_fatal = :error_fatal, error_message = :error_message,"
                               " error_detail = :error_detail, error_code = :error_code, info = :info,"
                               " version = :next, fence = :fence,"
                               " claimed = :claimed, abort_time = :abort_time, destroyed = :destroyed,"
                               " shared_with = :shared_with, duration_said = :duration_said"
                               " WHERE id = :id AND version = :version",
                use(c.run_id.value, c.run_id.indicator), use(c.phase),
                use(c.queued_time.value, c.queued_time.indicator), use(c.start_time.value, c.start_time.indicator),
                use(c.end_time.value, c.end_time.indicator), use(c.execution_duration),
                use(c.destruction.value, c.destruction.indicator), use(c.due.value, c.due.indicator),
                use(c.error_fatal), use(c.error_message.value, c.error_message.indicator),
                use(c.error_detail.value, c.error_detail.indicator), use(c.error_code), use(c.info), use(next),
                use(c.fence), use(c.claimed), use(c.abort_time.value, c.abort_time.indicator), use(c.destroyed),
                use(c.shared_with.value, c.shared_with.indicator), use(c.duration_said), use(c.id), use(c.version))) {}

  Columns c;
  long long next = 0;
  soci::statement lock;
  soci::statement insert;
  soci::statement update;
};

/// Reads parameters and results by one statement.
struct DetailReader {
  explicit DetailReader(soci::session& sql)
      : select((sql.prepare
                    << "SELECT 0, ordinal, name, value, by_reference, blob, media_type, size_bytes, '', ''"
                       " FROM job_parameters WHERE job_id = :parameters_of"
                       " UNION ALL SELECT 1, ordinal, id, '', is_primary, blob, media_type, size_bytes, sha256, path"
                       " FROM job_results WHERE job_id = :results_of ORDER BY 1, 2",
                into(is_result), into(ordinal), into(name), into(value), into(flag), into(blob.value, blob.indicator),
                into(media_type), into(size_bytes), into(sha256), into(path), use(id), use(id))) {}

  std::string id;
  int is_result = 0;
  int ordinal = 0;
  std::string name;
  std::string value;
  int flag = 0;
  Nullable<std::string> blob;
  std::string media_type;
  long long size_bytes = 0;
  std::string sha256;
  std::string path;
  soci::statement select;
};

struct ResultReader {
  explicit ResultReader(soci::session& sql)
      : of_id((sql.prepare << columns << "id = :id", into(name), into(is_primary), into(blob.value, blob.indicator),
               into(media_type), into(size_bytes), into(sha256), into(path), use(job_id), use(id))),
        primary((sql.prepare << columns << "is_primary = 1", into(name), into(is_primary),
                 into(blob.value, blob.indicator), into(media_type), into(size_bytes), into(sha256), into(path),
                 use(job_id))) {}

  static constexpr const char* columns =
      "SELECT id, is_primary, blob, media_type, size_bytes, sha256, path FROM job_results WHERE job_id = :job_id AND ";

  ResultEntry entry() const {
    return {name,       blob.get().value_or(store::BlobId()),
            media_type, static_cast<std::uint64_t>(size_bytes),
            sha256,     is_primary != 0,
            path};
  }

  JobId job_id;
  std::string id;
  std::string name;
  int is_primary = 0;
  Nullable<std::string> blob;
  std::string media_type;
  long long size_bytes = 0;
  std::string sha256;
  std::string path;
  soci::statement of_id;
  soci::statement primary;
};

struct ParameterRow {
  static constexpr std::string_view columns =
      "job_parameters (job_id, ordinal, name, value, by_reference, blob, media_type, size_bytes)";

  int ordinal = 0;
  std::string name;
  std::string value;
  int by_reference = 0;
  Nullable<std::string> blob;
  std::string media_type;
  long long size_bytes = 0;

  void bind(soci::statement& insert) {
    insert.exchange(use(ordinal));
    insert.exchange(use(name));
    insert.exchange(use(value));
    insert.exchange(use(by_reference));
    insert.exchange(use(blob.value, blob.indicator));
    insert.exchange(use(media_type));
    insert.exchange(use(size_bytes));
  }
};

struct ResultRow {
  static constexpr std::string_view columns =
      "job_results (job_id, ordinal, id, is_primary, blob, media_type, size_bytes, sha256, path)";

  int ordinal = 0;
  std::string id;
  int is_primary = 0;
  Nullable<std::string> blob;
  std::string media_type;
  long long size_bytes = 0;
  std::string sha256;
  std::string path;

  void bind(soci::statement& insert) {
    insert.exchange(use(ordinal));
    insert.exchange(use(id));
    insert.exchange(use(is_primary));
    insert.exchange(use(blob.value, blob.indicator));
    insert.exchange(use(media_type));
    insert.exchange(use(size_bytes));
    insert.exchange(use(sha256));
    insert.exchange(use(path));
  }
};

std::optional<std::string> blob_column(const store::BlobId& blob) {
  return blob.empty() ? std::nullopt : std::optional<std::string>(blob);
}

void execute_for(store::Transaction& transaction, const std::string& statement, const JobId& id) {
  transaction.sql() << statement, use(id);
}

}  // namespace

std::optional<JobRow> load_row(store::Session& session, const JobId& id) {
  auto& reader = session.local<RowReader>();
  reader.c.id = id;
  std::optional<JobRow> row;
  for_each_row(reader.select, [&] { row = reader.c.row(); });
  return row;
}

std::optional<JobRow> lock_row(store::Transaction& transaction, const JobId& id) {
  auto& writer = transaction.session().local<RowWriter>();
  writer.c.id = id;
  if (affected_rows(writer.lock) == 0) return std::nullopt;
  return load_row(transaction.session(), id);
}

bool insert_row(store::Transaction& transaction, const JobRow& row) {
  auto& writer = transaction.session().local<RowWriter>();
  writer.c.set(row);
  return affected_rows(writer.insert) == 1;
}

void save_row(store::Transaction& transaction, JobRow& row) {
  auto& writer = transaction.session().local<RowWriter>();
  writer.c.set(row);
  writer.next = row.job.version + 1;
  if (affected_rows(writer.update) != 1) throw std::logic_error("a locked job was changed by somebody else");
  row.job.version += 1;
}

void delete_row(store::Transaction& transaction, const JobId& id) {
  soci::statement forget =
      (transaction.sql().prepare << "DELETE FROM jobs WHERE id = :id AND destroyed = 1 AND claimed = 0", use(id));
  if (affected_rows(forget) == 0) return;
  delete_parameters(transaction, id);
  delete_results(transaction, id);
}

void load_details(store::Session& session, Job& job) {
  auto& reader = session.local<DetailReader>();
  reader.id = job.id;
  job.parameters.clear();
  job.results.clear();
  for_each_row(reader.select, [&] {
    const store::BlobId blob = reader.blob.get().value_or(store::BlobId());
    const auto size_bytes = static_cast<std::uint64_t>(reader.size_bytes);
    if (reader.is_result != 0) {
      job.results.push_back(
          {reader.name, blob, reader.media_type, size_bytes, reader.sha256, reader.flag != 0, reader.path});
    } else {
      job.parameters.push_back({reader.name, reader.value, reader.flag != 0, blob, reader.media_type, size_bytes});
    }
  });
}

void load_result(store::Session& session, Job& job, const std::string& id) {
  auto& reader = session.local<ResultReader>();
  reader.job_id = job.id;
  reader.id = id;
  job.results.clear();
  const auto add = [&] { job.results.push_back(reader.entry()); };
  for_each_row(reader.of_id, add);
  if (job.results.empty() && id == "result") for_each_row(reader.primary, add);
}

Job whole_job(store::Session& session, JobRow row) {
  load_details(session, row.job);
  return job_with_info(std::move(row));
}

Job job_with_info(JobRow row) {
  if (row.info == "{}") return std::move(row.job);
  if (auto info = data::parse_json(row.info); info.ok()) {
    row.job.info = std::move(info).value();
  } else {
    util::log_error("jobInfo is not readable", {{"job", row.job.id}, {"error", info.error().message}});
  }
  return std::move(row.job);
}

void insert_parameters(store::Transaction& transaction, const JobId& id, const std::vector<Parameter>& parameters) {
  auto& rows = transaction.session().local<RowGroups<ParameterRow>>();
  rows.insert(id, parameters.size(), [&](ParameterRow& row, std::size_t number) {
    const Parameter& parameter = parameters[number];
    row.ordinal = static_cast<int>(number);
    row.name = parameter.name;
    row.value = parameter.value;
    row.by_reference = parameter.by_reference ? 1 : 0;
    row.blob.set(blob_column(parameter.blob));
    row.media_type = parameter.media_type;
    row.size_bytes = static_cast<long long>(parameter.size_bytes);
  });
}

void delete_parameters(store::Transaction& transaction, const JobId& id) {
  execute_for(transaction, "DELETE FROM job_parameters WHERE job_id = :id", id);
}

void insert_results(store::Transaction& transaction, const JobId& id, const std::vector<ResultEntry>& results) {
  auto& rows = transaction.session().local<RowGroups<ResultRow>>();
  rows.insert(id, results.size(), [&](ResultRow& row, std::size_t number) {
    const ResultEntry& result = results[number];
    row.ordinal = static_cast<int>(number);
    row.id = result.id;
    row.is_primary = result.primary ? 1 : 0;
    row.blob.set(blob_column(result.blob));
    row.media_type = result.media_type;
    row.size_bytes = static_cast<long long>(result.size_bytes);
    row.sha256 = result.sha256;
    row.path = util::to_xml_text(result.path);  // a file name may be invalid UTF-8
  });
}

void delete_results(store::Transaction& transaction, const JobId& id) {
  execute_for(transaction, "DELETE FROM job_results WHERE job_id = :id", id);
}

void forget_parameter_blobs(store::Transaction& transaction, const JobId& id) {
  execute_for(transaction, "UPDATE job_parameters SET blob = NULL WHERE job_id = :id AND blob IS NOT NULL", id);
}

std::vector<store::BlobId> blobs_of(const std::vector<Parameter>& parameters) {
  std::vector<store::BlobId> blobs;
  for (const Parameter& parameter : parameters) {
    if (!parameter.blob.empty()) blobs.push_back(parameter.blob);
  }
  return blobs;
}

std::vector<store::BlobId> blobs_of(const Job& job) {
  std::vector<store::BlobId> blobs = blobs_of(job.parameters);
  for (const ResultEntry& result : job.results) {
    if (!result.blob.empty()) blobs.push_back(result.blob);
  }
  return blobs;
}

}  // namespace uws
