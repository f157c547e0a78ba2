#include "executor/run_store.h"

#include <soci/soci.h>

namespace executor {
namespace {

util::Instant instant(long long milliseconds) { return util::Instant(std::chrono::milliseconds(milliseconds)); }

}  // namespace

std::vector<store::Migration> migrations() {
  return {{"executor-1-runs",
           {"CREATE TABLE runs (name VARCHAR(200) PRIMARY KEY, job VARCHAR(64) NOT NULL, attempt BIGINT NOT NULL, "
            "engine VARCHAR(200) NOT NULL, claimed_ms BIGINT NOT NULL)"}},
          {"executor-2-pauses",
           {"ALTER TABLE runs ADD COLUMN paused_ms BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE runs ADD COLUMN paused_since_ms BIGINT NOT NULL DEFAULT 0"}}};
}

void insert_run(store::Transaction& transaction, const RunRow& row) {
  const std::string name = row.id.name();
  const long long attempt = row.id.attempt;
  const long long claimed = row.claimed_at.time_since_epoch().count();
  transaction.sql() << "INSERT INTO runs (name, job, attempt, engine, claimed_ms) VALUES (:name, :job, :attempt, "
                       ":engine, :claimed)",
      soci::use(name), soci::use(row.id.job), soci::use(attempt), soci::use(row.engine), soci::use(claimed);
}

void save_pauses(store::Transaction& transaction, const RunId& id, const Pauses& pauses) {
  const std::string name = id.name();
  const long long total = pauses.total.count();
  const long long since = pauses.since ? pauses.since->time_since_epoch().count() : 0;
  transaction.sql() << "UPDATE runs SET paused_ms = :total, paused_since_ms = :since WHERE name = :name",
      soci::use(total), soci::use(since), soci::use(name);
}

void delete_run(store::Transaction& transaction, const RunId& id) {
  const std::string name = id.name();
  transaction.sql() << "DELETE FROM runs WHERE name = :name", soci::use(name);
}

std::vector<RunRow> all_runs(store::Session& session) {
  std::vector<RunRow> rows;
  const soci::rowset<soci::row> found =
      (session.sql().prepare
       << "SELECT name, engine, claimed_ms, paused_ms, paused_since_ms FROM runs ORDER BY claimed_ms, name");
  for (const soci::row& row : found) {
    const auto id = RunId::parse(row.get<std::string>(0));
    if (!id) continue;
    Pauses pauses{std::chrono::milliseconds(row.get<long long>(3)), std::nullopt};
    if (const auto since = row.get<long long>(4); since != 0) pauses.since = instant(since);
    rows.push_back({*id, row.get<std::string>(1), instant(row.get<long long>(2)), pauses});
  }
  return rows;
}

}  // namespace executor
