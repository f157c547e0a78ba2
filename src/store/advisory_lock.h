// PostgreSQL's advisory locks, by name. Internal to the room.
#pragma once

#include <string>

namespace store {

/// They are numbers: two names on one number only wait for each other needlessly.
long long lock_number(const std::string& name);

/// Selects who has such a lock: what he calls his session (null: not for us to know), and since when there has been
/// that session, in milliseconds. The longest there first.
std::string select_holder(long long number);

/// Each service has it, shared, while it runs, and whoever changes the schema has it alone.
constexpr auto schema_lock = "store:schema";
/// For the moment in which the schema is read or changed.
constexpr auto migrations_lock = "store:migrations";

}  // namespace store
