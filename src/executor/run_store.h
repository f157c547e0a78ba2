// The table of runs: one row from the claim of a job until the engine has let go of what it made. Rows are written in
// the same transactions as the job's phase; what phase the run is in is the job's to tell. Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "executor/engine.h"
#include "store/database.h"

namespace executor {

std::vector<store::Migration> migrations();

/// How long a run's container was paused: that time does not count for it.
struct Pauses {
  std::chrono::milliseconds total{0};  // of those that are over
  std::optional<util::Instant> since;  // of the present one
};

struct RunRow {
  RunId id;
  std::string engine;
  util::Instant claimed_at;
  Pauses pauses;
};

void insert_run(store::Transaction& transaction, const RunRow& row);
void save_pauses(store::Transaction& transaction, const RunId& id, const Pauses& pauses);
void delete_run(store::Transaction& transaction, const RunId& id);
/// Oldest first.
std::vector<RunRow> all_runs(store::Session& session);

}  // namespace executor
