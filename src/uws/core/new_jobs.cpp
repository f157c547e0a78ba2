#include "uws/core/new_jobs.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/batch.h"
#include "uws/core/columns.h"

namespace uws {
namespace {

using soci::use;

/// The collected rows are written as soon as they are larger than this.
constexpr std::size_t most_bytes = 4U << 20U;

/// The values of one column for several rows, in the text form of a PostgreSQL array: {"a","b",NULL}.
class ArrayText {
 public:
  void add(std::string_view value) {
    begin();
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }
  void add(long long value) {
    begin();
    text_ += std::to_string(value);
  }
  template <typename T>
  void add(const std::optional<T>& value) {
    if (value) return add(*value);
    begin();
    text_ += "NULL";
  }
  std::string take() {
    std::string whole = std::exchange(text_, {});
    whole += whole.empty() ? "{}" : "}";
    return whole;
  }
  std::size_t size() const { return text_.size(); }

 private:
  void begin() { text_ += text_.empty() ? '{' : ','; }

  std::string text_;
};

/// A statement that inserts rows, which are given as one array for each column.
template <std::size_t columns>
struct RowsWriter {
  explicit RowsWriter(soci::session& sql, const std::string& text) : insert(sql) {
    for (std::string& array : arrays) insert.exchange(use(array));
    insert.alloc();
    insert.prepare(text);
    insert.define_and_bind();
  }
  RowsWriter(const RowsWriter&) = delete;  // the statement is bound to members of this object
  RowsWriter& operator=(const RowsWriter&) = delete;

  void write(std::array<ArrayText, columns>& rows) {
    for (std::size_t i = 0; i < columns; ++i) arrays.at(i) = rows.at(i).take();
    insert.execute(true);
    for (std::string& array : arrays) std::string().swap(array);  // frees the memory, which may be large
  }

  std::array<std::string, columns> arrays;
  soci::statement insert;
};

constexpr std::size_t job_columns = 13;
struct JobsWriter : RowsWriter<job_columns> {
  explicit JobsWriter(soci::session& sql)
      : RowsWriter(sql,
                   "INSERT INTO jobs (id, list, owner, shared_with, run_id, phase, creation_time, queued_time,"
                   " execution_duration, destruction, due, info, duration_said,"
                   " error_fatal, version, fence, claimed, destroyed)"
                   " SELECT *, 0, 1, 0, 0, 0 FROM unnest(CAST(:id AS TEXT[]), CAST(:list AS TEXT[]),"
                   " CAST(:owner AS TEXT[]), CAST(:shared_with AS TEXT[]), CAST(:run_id AS TEXT[]),"
                   " CAST(:phase AS TEXT[]), CAST(:creation_time AS BIGINT[]), CAST(:queued_time AS BIGINT[]),"
                   " CAST(:execution_duration AS BIGINT[]), CAST(:destruction AS BIGINT[]), CAST(:due AS BIGINT[]),"
                   " CAST(:info AS TEXT[]), CAST(:duration_said AS INTEGER[])) ON CONFLICT (id) DO NOTHING") {}
};

constexpr std::size_t parameter_columns = 8;
struct ParametersWriter : RowsWriter<parameter_columns> {
  explicit ParametersWriter(soci::session& sql)
      : RowsWriter(sql,
                   "INSERT INTO job_parameters (job_id, ordinal, name, value, by_reference, blob, media_type,"
                   " size_bytes)"
                   " SELECT * FROM unnest(CAST(:job_id AS TEXT[]), CAST(:ordinal AS INTEGER[]), CAST(:name AS TEXT[]),"
                   " CAST(:value AS TEXT[]), CAST(:by_reference AS INTEGER[]), CAST(:blob AS TEXT[]),"
                   " CAST(:media_type AS TEXT[]), CAST(:size_bytes AS BIGINT[]))"
                   " ON CONFLICT (job_id, ordinal) DO NOTHING") {}
};

class NewJobs : public store::Batch {
 public:
  void add(store::Session& session, const JobRow& row, const std::vector<Parameter>& parameters) {
    const Job& job = row.job;
    add_row(jobs_, job.id, job.list, to_column(job.owner), job.shared_with, job.run_id, to_string(job.phase),
            to_column(job.creation_time), to_column(row.queued_time),
            static_cast<long long>(job.execution_duration.count()), to_column(job.destruction), to_column(row.due),
            row.info, row.duration_said ? 1LL : 0LL);
    long long ordinal = 0;
    for (const Parameter& parameter : parameters) {
      add_row(parameters_, job.id, ordinal++, parameter.name, parameter.value, parameter.by_reference ? 1LL : 0LL,
              parameter.blob.empty() ? std::nullopt : std::optional<std::string_view>(parameter.blob),
              parameter.media_type, static_cast<long long>(parameter.size_bytes));
    }
    std::size_t bytes = 0;
    for (const ArrayText& column : jobs_) bytes += column.size();
    for (const ArrayText& column : parameters_) bytes += column.size();
    if (bytes > most_bytes) write(session);
  }

  void write(store::Session& session) override {
    if (jobs_.front().size() > 0) session.local<JobsWriter>().write(jobs_);
    if (parameters_.front().size() > 0) session.local<ParametersWriter>().write(parameters_);
  }

 private:
  template <std::size_t columns, typename... Values>
  static void add_row(std::array<ArrayText, columns>& rows, const Values&... values) {
    static_assert(sizeof...(Values) == columns);
    std::size_t column = 0;
    (rows.at(column++).add(values), ...);
  }

  std::array<ArrayText, job_columns> jobs_;
  std::array<ArrayText, parameter_columns> parameters_;
};

}  // namespace

void add_job(store::Transaction& transaction, const JobRow& row, const std::vector<Parameter>& parameters) {
  if (transaction.session().dialect() == store::Dialect::postgresql) {
    return store::batch<NewJobs>(transaction).add(transaction.session(), row, parameters);
  }
  if (insert_row(transaction, row)) insert_parameters(transaction, row.job.id, parameters);
}

}  // namespace uws
