// Brings the schema of the database up to date. Internal to the room; used once, at start-up.
#pragma once

#include <string>
#include <vector>

#include "store/connection.h"
#include "store/database.h"
#include "util/result.h"

namespace store {

/// The migrations of the store itself, followed by those of the rooms.
std::vector<Migration> with_own(const std::vector<Migration>& migrations);

/// Applies all missing migrations in one transaction, under a lock, and returns the installation id. `unsupported`: a
/// newer version of this program has changed the database. `conflict`: migrations are missing, but another service is
/// using the database (leadership.h).
util::Result<std::string> migrate(Connection& connection, const std::vector<Migration>& all);

}  // namespace store
