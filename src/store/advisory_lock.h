// PostgreSQL's advisory locks, identified by names. Internal to the room; any thread may call.
#pragma once

#include <string>

namespace store {

/// The number of the lock with that name. If two names have the same number, they only wait for each other needlessly.
long long lock_number(const std::string& name);

/// An SQL query for the holder of a lock: the application_name of its session (null: no permission to read it), and the
/// start of that session in milliseconds since 1970. Of several holders it selects the one with the oldest session.
std::string select_holder(long long number);

/// Each service holds this lock, shared, while it runs; a service that changes the schema holds it exclusively.
constexpr auto schema_lock = "store:schema";
/// Held while the list of applied migrations is read or changed.
constexpr auto migrations_lock = "store:migrations";

}  // namespace store
