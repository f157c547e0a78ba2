// How waiting writes become transactions. Internal to the room; each function runs on a writer's thread.
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
  bool repeatable = false;  // also when it is not known whether it was committed
};

/// SQLite: one commit for all of them. One that fails is rolled back alone, to a mark; those that only add rows are
/// tried without marks first. Then the notices, then the answers.
/// Answers whether the database was reached, and could be written to.
/// `committed` is called before both, also when it was not.
bool write_together(Connection& connection, std::vector<WriteJob>& jobs, const std::function<void()>& committed);

/// PostgreSQL: one commit for all of them, which must be repeatable; when one fails each is run again, alone.
bool add_together(Connection& connection, std::vector<WriteJob>& jobs, const std::function<void()>& committed);

/// PostgreSQL: one transaction, run again while the database asks for it, up to five times.
bool write_alone(Connection& connection, WriteJob& job, const std::function<void()>& committed);

/// Calls what a room has given to be called; what it throws is logged, and goes no further.
void call_safely(const char* what, const std::function<void()>& call);

}  // namespace store
