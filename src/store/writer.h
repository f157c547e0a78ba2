// Runs waiting writes as transactions. Internal to the room; each function runs on a writer's thread.
//
// The functions that write call `committed` when the outcome is known (also after a failure), then the notices of the
// committed transactions, then `done` of each job. They return whether the database was reached and could be written
// to.
#pragma once

#include <functional>
#include <vector>

#include "store/connection.h"
#include "store/database.h"
#include "util/result.h"

namespace store {

struct WriteJob {
  std::function<util::Status(Transaction&)> work;
  std::function<void(util::Status)> done;
  bool repeatable = false;  // true: may be run again even if it may have been committed
};

/// SQLite: one commit for all jobs. A job that fails is rolled back alone, to a savepoint. Jobs that are all repeatable
/// are tried without savepoints first.
bool write_together(Connection& connection, std::vector<WriteJob>& jobs, const std::function<void()>& committed);

/// PostgreSQL: one commit for all jobs, which must be repeatable. When one fails, each is run again with write_alone().
bool add_together(Connection& connection, std::vector<WriteJob>& jobs, const std::function<void()>& committed);

/// PostgreSQL: one job in its own transaction. It is run up to five times in all, while the failures allow a
/// repetition.
bool write_alone(Connection& connection, WriteJob& job, const std::function<void()>& committed);

/// Calls a callback of another room; exceptions are logged and not passed on.
void call_safely(const char* what, const std::function<void()>& call);

}  // namespace store
