// The table of runs: a run has a row from the claim of its job until the run is released. Rows are written in the same
// transactions as the phase of the job; the row itself has no phase. Called on the database's threads.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "executor/engine.h"
#include "store/database.h"

namespace executor {

std::vector<store::Migration> migrations();

/// How long a run's container was paused. This time does not count as execution time.
struct Pauses {
  std::chrono::milliseconds total{0};  // sum of the pauses that have ended
  std::optional<util::Instant> since;  // start of the present pause
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
