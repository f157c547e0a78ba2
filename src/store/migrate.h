// Brings the schema to where this program wants it. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "store/connection.h"
#include "store/database.h"
#include "util/result.h"

namespace store {

/// Applies what is missing, all of it or nothing, while nobody else can; answers the installation's id. A database that
/// a newer program has changed is refused.
util::Result<std::string> migrate(Connection& connection, const std::vector<Migration>& migrations);

}  // namespace store
