// Text for messages about the process that holds a lock: "pid 4242 on cygnus, since 2026-11-30T07:08:10.000Z". Any
// thread may call.
#pragma once

#include <string>

#include "util/time.h"

namespace store {

/// "pid 4242 on cygnus": this process.
std::string this_process();

/// "pid 4242 on cygnus, since 2026-11-30T07:08:10.000Z". `who`: as from this_process(); empty: "another process".
std::string holder_since(const std::string& who, util::Instant since);

}  // namespace store
