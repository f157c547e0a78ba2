#include "executor/run_store.h"

#include <soci/soci.h>

namespace executor {

std::vector<store::Migration> migrations() {
  return {{"executor-1-runs",
           {"CREATE TABLE runs (name VARCHAR(200) PRIMARY KEY, job VARCHAR(64) NOT NULL, attempt BIGINT NOT NULL, "
            "engine VARCHAR(200) NOT NULL, claimed_ms BIGINT NOT NULL)"}}};
}

void insert_run(store::Transaction& transaction, const RunRow& row) {
  const std::string name = row.id.name();
  const long long attempt = row.id.attempt;
  const long long claimed = row.claimed_at.time_since_epoch().count();
  transaction.sql() << "INSERT INTO runs (name, job, attempt, engine, claimed_ms) VALUES (:name, :job, :attempt, "
                       ":engine, :claimed)",
      soci::use(name), soci::use(row.id.job), soci::use(attempt), soci::use(row.engine), soci::use(claimed);
}

void delete_run(store::Transaction& transaction, const RunId& id) {
  const std::string name = id.name();
  transaction.sql() << "DELETE FROM runs WHERE name = :name", soci::use(name);
}

std::vector<RunRow> all_runs(store::Session& session) {
  std::vector<RunRow> rows;
  const soci::rowset<soci::row> found =
      (session.sql().prepare << "SELECT name, engine, claimed_ms FROM runs ORDER BY claimed_ms, name");
  for (const soci::row& row : found) {
    const auto id = RunId::parse(row.get<std::string>(0));
    if (!id) continue;
    rows.push_back({*id, row.get<std::string>(1), util::Instant(std::chrono::milliseconds(row.get<long long>(2)))});
  }
  return rows;
}

}  // namespace executor
