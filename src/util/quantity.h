// Amounts as people write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace util {

/// "8G", "8Gi", "8GiB" are powers of 1024; "8GB" is a power of 1000; K, M, G, T, P; "512B" is bytes. A decimal fraction
/// is fine ("1.5G"). A bare number, a sign, zero or what exceeds 2^62 is invalid_argument.
Result<std::int64_t> parse_bytes(std::string_view text);

/// "8 GiB", "512 MiB", "1000 B": for messages.
std::string format_bytes(std::int64_t bytes);

/// "8G", "512M", "1000B": as parse_bytes() reads it.
std::string format_short_bytes(std::int64_t bytes);

/// Decimal cores to thousandths: "0.25" is 250. From 0.01 to 1,000,000, at most three decimals.
Result<std::int64_t> parse_millicores(std::string_view text);
/// 250 is "0.25", 2000 is "2".
std::string format_millicores(std::int64_t millicores);

/// "90", "90s", "15m", "12h", "7d"; or ISO 8601 without years and months: "PT90S", "P1DT12H".
Result<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace util
