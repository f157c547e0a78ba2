// Inserts several rows of a job by one statement, because on PostgreSQL each statement costs a round trip, and on
// SQLite as much as its row. Used within this folder only, on the database thread of the session.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/database.h"
#include "uws/core/job.h"

namespace uws {

/// A prepared statement that inserts a fixed number of rows. `Row::columns` has the table and its columns, the job's id
/// first; Row::bind() binds the other columns.
template <typename Row>
struct RowGroup {
  RowGroup(soci::session& sql, std::size_t count) : rows(count), insert(sql) {
    const auto columns = 1 + std::count(Row::columns.begin(), Row::columns.end(), ',');
    std::string text = "INSERT INTO " + std::string(Row::columns) + " VALUES ";
    std::size_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      text += i == 0 ? "(" : ", (";
      for (auto column = 0; column < columns; ++column) {
        text.append(column == 0 ? ":v" : ", :v").append(std::to_string(value++));
      }
      text += ')';
      insert.exchange(soci::use(job_id));
      rows[i].bind(insert);
    }
    insert.alloc();
    insert.prepare(text);
    insert.define_and_bind();
  }
  RowGroup(const RowGroup&) = delete;  // the statement is bound to members of this object
  RowGroup& operator=(const RowGroup&) = delete;

  JobId job_id;
  std::vector<Row> rows;
  soci::statement insert;
};

/// The RowGroups of a session: one for each size up to `few` rows, and one for `many`.
template <typename Row>
class RowGroups {
 public:
  explicit RowGroups(soci::session& sql) : sql_(sql) {}

  /// Inserts `count` rows. `fill` sets the values of each row, given its number.
  void insert(const JobId& id, std::size_t count, const std::function<void(Row&, std::size_t)>& fill) {
    for (std::size_t done = 0; done < count;) {
      RowGroup<Row>& group = of(count - done);
      group.job_id = id;
      for (Row& row : group.rows) fill(row, done++);
      group.insert.execute(true);
      for (Row& row : group.rows) row = Row();  // frees the memory, which may be large
    }
  }

 private:
  static constexpr std::size_t few = 8;
  static constexpr std::size_t many = 64;

  RowGroup<Row>& of(std::size_t left) {
    const std::size_t count = left >= many ? many : std::min(left, few);
    auto& prepared = groups_[count];
    if (!prepared) prepared = std::make_unique<RowGroup<Row>>(sql_, count);
    return *prepared;
  }

  soci::session& sql_;
  std::map<std::size_t, std::unique_ptr<RowGroup<Row>>> groups_;
};

}  // namespace uws
