// Rows that belong to a job, written several by one statement: on PostgreSQL each statement is a way there and back, on
// SQLite it costs as much as its row. On the database's thread whose session it is. Internal to the room.
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

/// A prepared statement for a number of rows. `Row` says table and columns, the job's id first, and binds the others.
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
  RowGroup(const RowGroup&) = delete;  // the statement is bound to what is here
  RowGroup& operator=(const RowGroup&) = delete;

  JobId job_id;
  std::vector<Row> rows;
  soci::statement insert;
};

/// The groups of a session: one of each size up to a few rows, and one of many.
template <typename Row>
class RowGroups {
 public:
  explicit RowGroups(soci::session& sql) : sql_(sql) {}

  /// Writes `count` rows; `fill` sets each by its number.
  void insert(const JobId& id, std::size_t count, const std::function<void(Row&, std::size_t)>& fill) {
    for (std::size_t done = 0; done < count;) {
      RowGroup<Row>& group = of(count - done);
      group.job_id = id;
      for (Row& row : group.rows) fill(row, done++);
      group.insert.execute(true);
      for (Row& row : group.rows) row = Row();  // may be large, and is not kept
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
