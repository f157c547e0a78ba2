// Conversions between our values and database columns, and helpers for prepared statements. Used by the files of this
// folder that contain SQL, on the database's threads.
#pragma once

#include <optional>
#include <string>

#include <soci/soci.h>

#include "util/time.h"
#include "uws/core/job.h"

namespace uws {

/// A column that may be NULL, to be bound to a prepared statement.
template <typename T>
struct Nullable {
  T value{};
  soci::indicator indicator = soci::i_null;

  void set(std::optional<T> given) {
    indicator = given ? soci::i_ok : soci::i_null;
    value = given ? std::move(*given) : T{};
  }
  std::optional<T> get() const { return indicator == soci::i_ok ? std::optional<T>(value) : std::nullopt; }
};

inline long long to_column(util::Instant instant) { return instant.time_since_epoch().count(); }
inline util::Instant to_instant(long long column) { return util::Instant(std::chrono::milliseconds(column)); }

inline std::optional<long long> to_column(std::optional<util::Instant> instant) {
  return instant ? std::optional<long long>(to_column(*instant)) : std::nullopt;
}
inline std::optional<util::Instant> to_instant(std::optional<long long> column) {
  return column ? std::optional<util::Instant>(to_instant(*column)) : std::nullopt;
}

/// In the column, '' is anonymous.
inline std::string to_column(const Owner& owner) { return owner.value_or(std::string()); }
inline Owner to_owner(const std::string& column) { return column.empty() ? Owner() : Owner(column); }

inline Phase to_phase(const std::string& column) { return parse_phase(column).value_or(Phase::unknown); }

/// Calls `row` for each row. Always reads to the last row, because until then SQLite keeps the statement open, with its
/// snapshot of the database.
template <typename Row>
void for_each_row(soci::statement& statement, Row row) {
  for (bool there = statement.execute(true); there; there = statement.fetch()) row();
}

inline long long affected_rows(soci::statement& statement) {
  statement.execute(true);
  return statement.get_affected_rows();
}

}  // namespace uws
