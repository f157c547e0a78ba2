// A process, as people are told which one has what another wants: "pid 4242 on cygnus, since 2026-11-30T07:08:10.000Z".
// Any thread.
#pragma once

#include <string>

#include "util/time.h"

namespace store {

/// "pid 4242 on cygnus": this process.
std::string this_process();

/// A holder and since when he has it; an unknown one is called "another process".
std::string holder_since(const std::string& who, util::Instant since);

}  // namespace store
