// Instants: UTC, to the millisecond (UWS 1.1 section 2.2.1.2; DALI 3.1.2).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "util/result.h"

namespace util {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

Instant now();

/// "2026-11-20T22:50:53.120Z": always three decimals, always Z. Years 0001 to 9999.
std::string to_iso(Instant instant);

/// Reads ISO 8601 and what SQL, Python and astropy write of it (the UWS contract, U52), UTC where no offset is said.
/// Less precision means the earliest instant it may mean ("2026" is 2026-01-01T00:00:00.000Z); digits beyond
/// milliseconds are cut. What does not exist is invalid_argument. A '+' may be a blank, as forms make of it.
Result<Instant> parse_instant(std::string_view text);

}  // namespace util
