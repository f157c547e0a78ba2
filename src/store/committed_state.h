// Tells whether anything was committed in a PostgreSQL database between two reads, so that what was read first can be
// used again. Any thread may call, with the session that it works with.
#pragma once

#include <string>

#include "store/database.h"

namespace store {

/// PostgreSQL only. If two of these are equal, nothing was committed between them, by whomever, and what was read
/// between them is as it was at both. The text has no other meaning. Within one transaction it never changes.
std::string committed_state(Session& session);

}  // namespace store
