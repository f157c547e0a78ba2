// Instants in UTC with milliseconds (UWS 1.1 section 2.2.1.2; DALI 3.1.2). Any thread may call.
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

/// Reads ISO 8601 and the variants that SQL, Python and astropy write (the UWS contract, U52). Without an offset the
/// time is in UTC. Missing parts mean the earliest possible instant ("2026" is 2026-01-01T00:00:00.000Z); digits beyond
/// milliseconds are cut off. A blank is accepted for the '+' of an offset, because form decoding turns '+' into a
/// blank. `invalid_argument`: the text has another form, or the date or time does not exist.
Result<Instant> parse_instant(std::string_view text);

}  // namespace util
