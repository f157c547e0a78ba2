#include "util/quantity.h"

#include <array>
#include <cstddef>
#include <limits>
#include <optional>

#include "util/text.h"

namespace util {
namespace {

constexpr std::int64_t most_bytes = std::int64_t{1} << 62;
constexpr std::int64_t least_millicores = 10;
constexpr std::int64_t most_millicores = 1'000'000'000;
constexpr std::int64_t most_seconds = std::int64_t{36'500} * 24 * 3600;

constexpr std::string_view bytes_wanted =
    "a size with its unit, such as 512M or 8G (powers of 1024) or 500MB (powers of 1000)";
constexpr std::string_view cores_wanted =
    "a decimal number of cores from 0.01 to 1000000, with at most three decimals, such as 0.5";
constexpr std::string_view duration_wanted =
    "whole seconds, or a whole number with s, m, h or d, up to 36500d, such as 90 or 12h, or ISO 8601's PT90S";

Error refused(std::string_view text, std::string_view reason, std::string_view accepted) {
  return Error::of(ErrorCode::invalid_argument,
                   Fault{{}, "'" + for_display(text) + "' " + std::string(reason), std::string(accepted)});
}

struct Decimal {
  std::uint64_t whole = 0;
  std::string_view fraction;  // the digits after the point; may be empty
};

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

/// Takes "12" or "12.5" from the front of `text`.
std::optional<Decimal> take_decimal(std::string_view& text) {
  const std::string_view digits = take_digits(text);
  if (digits.empty()) return std::nullopt;
  Decimal number{parse_unsigned(digits).value_or(std::numeric_limits<std::uint64_t>::max()), {}};
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    number.fraction = take_digits(text);
    if (number.fraction.empty()) return std::nullopt;
  }
  return number;
}

/// `unit` times 0.`fraction`, rounded down. The result is exact: rounding down after each digit, from the last to the
/// first, gives the same as rounding down once.
std::int64_t part_of(std::int64_t unit, std::string_view fraction) {
  std::int64_t part = 0;
  for (auto digit = fraction.rbegin(); digit != fraction.rend(); ++digit) part = (unit * (*digit - '0') + part) / 10;
  return part;
}

std::optional<std::int64_t> byte_unit(std::string_view unit) {
  if (unit == "B") return 1;
  constexpr std::string_view prefixes = "KMGTP";
  const auto power = unit.empty() ? prefixes.npos : prefixes.find(unit.front());
  if (power == prefixes.npos) return std::nullopt;
  const std::string_view rest = unit.substr(1);
  std::int64_t base = 0;
  if (rest.empty() || rest == "i" || rest == "iB") base = 1024;
  if (rest == "B") base = 1000;
  if (base == 0) return std::nullopt;
  std::int64_t bytes = 1;
  for (std::size_t i = 0; i <= power; ++i) bytes *= base;
  return bytes;
}

/// Writes `bytes` in the largest unit that gives a whole number.
std::string format_with(std::int64_t bytes, const std::array<std::string_view, 6>& units) {
  std::size_t unit = 0;
  while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes).append(units[unit]);
}

/// Reads an ISO 8601 duration such as "P7D" or "PT1H30M" as seconds. The parts must be whole numbers in the order of
/// the standard. Years and months are not accepted, because their length varies. nullopt: the text has another form.
std::optional<std::uint64_t> iso_seconds(std::string_view text) {
  struct Part {
    char letter;
    bool of_time;
    std::uint64_t seconds;
  };
  constexpr std::array<Part, 5> parts{
      {{'W', false, 604800}, {'D', false, 86400}, {'H', true, 3600}, {'M', true, 60}, {'S', true, 1}}};
  text.remove_prefix(1);  // P
  std::uint64_t total = 0;
  bool in_time = false;
  bool any = false;
  for (const Part& part : parts) {
    if (part.of_time && !in_time && text.starts_with('T')) {
      text.remove_prefix(1);
      in_time = true;
      any = false;  // at least one part must follow the T
    }
    if (part.of_time != in_time) continue;
    std::string_view rest = text;
    const auto number = parse_unsigned(take_digits(rest));
    if (rest.empty() || rest.front() != part.letter || !number) continue;
    if (*number > static_cast<std::uint64_t>(most_seconds)) return static_cast<std::uint64_t>(most_seconds) + 1;
    total += *number * part.seconds;
    any = true;
    text = rest.substr(1);
  }
  return any && text.empty() ? std::optional(total) : std::nullopt;
}

}  // namespace

Result<std::int64_t> parse_bytes(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_decimal(rest);
  if (!number) return refused(text, "is not a size", bytes_wanted);
  if (rest.empty()) return refused(text, "has no unit", bytes_wanted);
  if (rest.front() == ' ') rest.remove_prefix(1);
  const auto unit = byte_unit(rest);
  if (!unit) return refused(text, "has an unknown unit", bytes_wanted);
  if (number->whole > static_cast<std::uint64_t>(most_bytes / *unit))
    return refused(text, "is too large", bytes_wanted);
  const std::int64_t bytes = static_cast<std::int64_t>(number->whole) * *unit + part_of(*unit, number->fraction);
  if (bytes > most_bytes) return refused(text, "is too large", bytes_wanted);
  if (bytes == 0) return refused(text, "is less than a byte", bytes_wanted);
  return bytes;
}

std::string format_bytes(std::int64_t bytes) {
  return format_with(bytes, {" B", " KiB", " MiB", " GiB", " TiB", " PiB"});
}

std::string format_short_bytes(std::int64_t bytes) { return format_with(bytes, {"B", "K", "M", "G", "T", "P"}); }

Result<std::int64_t> parse_millicores(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_decimal(rest);
  if (!number || !rest.empty()) return refused(text, "is not a decimal number", cores_wanted);
  if (number->fraction.size() > 3) return refused(text, "has more than three decimals", cores_wanted);
  if (number->whole > static_cast<std::uint64_t>(most_millicores / 1000)) {
    return refused(text, "is too large", cores_wanted);
  }
  const std::int64_t millicores = static_cast<std::int64_t>(number->whole) * 1000 + part_of(1000, number->fraction);
  if (millicores > most_millicores) return refused(text, "is too large", cores_wanted);
  if (millicores < least_millicores) return refused(text, "is too small", cores_wanted);
  return millicores;
}

std::string format_millicores(std::int64_t millicores) {
  std::string text = std::to_string(millicores / 1000);
  std::string fraction = std::to_string(1000 + millicores % 1000).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty()) text += "." + fraction;
  return text;
}

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  if (text.starts_with('P')) {
    const auto seconds = iso_seconds(text);
    if (!seconds) return refused(text, "is not a duration", duration_wanted);
    if (*seconds > static_cast<std::uint64_t>(most_seconds)) return refused(text, "is too long", duration_wanted);
    return std::chrono::seconds{static_cast<std::int64_t>(*seconds)};
  }
  std::string_view rest = text;
  const std::string_view digits = take_digits(rest);
  if (digits.empty()) return refused(text, "is not a duration", duration_wanted);
  const std::uint64_t number = parse_unsigned(digits).value_or(std::numeric_limits<std::uint64_t>::max());
  std::int64_t unit = 0;
  if (rest.empty() || rest == "s") unit = 1;
  if (rest == "m") unit = 60;
  if (rest == "h") unit = 3600;
  if (rest == "d") unit = std::int64_t{24} * 3600;
  if (unit == 0) return refused(text, "is not a duration", duration_wanted);
  if (number > static_cast<std::uint64_t>(most_seconds / unit)) return refused(text, "is too long", duration_wanted);
  return std::chrono::seconds{static_cast<std::int64_t>(number) * unit};
}

}  // namespace util
