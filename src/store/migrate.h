// Brings the schema to where this program wants it. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "store/connection.h"
#include "store/database.h"
#include "util/result.h"

namespace store {

/// Those of the rooms, behind the store's own.
std::vector<Migration> with_own(const std::vector<Migration>& migrations);

/// Applies what is missing, all of it or nothing, while nobody else can; answers the installation's id. A database that
/// a newer program has changed is refused, and so is a change under another service that is running (leadership.h).
util::Result<std::string> migrate(Connection& connection, const std::vector<Migration>& all);

}  // namespace store
