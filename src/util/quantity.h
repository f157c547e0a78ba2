// Reads and writes sizes, processor shares and durations in the notation that people use. Any thread may call.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace util {

/// "8G", "8Gi", "8GiB" are powers of 1024; "8GB" is a power of 1000; K, M, G, T, P; "512B" is bytes. A decimal fraction
/// is accepted ("1.5G"). A number without a unit, a sign, zero and more than 2^62 bytes are `invalid_argument`.
Result<std::int64_t> parse_bytes(std::string_view text);

/// For messages: "8 GiB", "512 MiB", "1000 B".
std::string format_bytes(std::int64_t bytes);

/// In the notation of parse_bytes(): "8G", "512M", "1000B".
std::string format_short_bytes(std::int64_t bytes);

/// Reads a decimal number of cores as thousandths of a core: "0.25" is 250. From 0.01 to 1,000,000 cores, with at most
/// three decimals; anything else is `invalid_argument`.
Result<std::int64_t> parse_millicores(std::string_view text);
/// 250 is "0.25", 2000 is "2".
std::string format_millicores(std::int64_t millicores);

/// Reads "90", "90s", "15m", "12h", "7d", or ISO 8601 without years and months: "PT90S", "P1DT12H". Anything else, or
/// more than 36500 days, is `invalid_argument`.
Result<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace util
