#include "util/time.h"

#include <algorithm>
#include <array>
#include <string>

#include "util/text.h"

namespace util {
namespace {

Error bad_instant(std::string_view text, std::string reason) {
  return Error::of(
      ErrorCode::invalid_argument,
      Fault{{}, "'" + shown(text) + "' " + std::move(reason), "an instant in UTC, such as 2026-11-20T22:50:53.120Z"});
}

/// Takes exactly `digits` digits from the front of `text`.
bool take_number(std::string_view& text, std::size_t digits, int& number) {
  if (text.size() < digits) return false;
  number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return false;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

/// The digits of a fraction, cut to milliseconds.
bool take_fraction(std::string_view& text, int& milliseconds) {
  std::size_t digits = 0;
  for (int scale = 100; digits < text.size() && is_digit(text[digits]); ++digits, scale /= 10) {
    milliseconds += (text[digits] - '0') * scale;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

/// With at least that many digits.
void put_number(std::string& text, std::size_t digits, unsigned number, char after) {
  std::array<char, 16> written{};
  std::size_t at = written.size();
  written[--at] = after;
  for (; number > 0 || digits > 0; number /= 10) {
    written[--at] = static_cast<char>('0' + number % 10);
    if (digits > 0) --digits;
  }
  text.append(&written[at], written.size() - at);
}

}  // namespace

Instant now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

std::string to_iso(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{instant - day};
  std::string text;
  text.reserve(24);
  put_number(text, 4, static_cast<unsigned>(std::max(int{date.year()}, 0)), '-');
  put_number(text, 2, unsigned{date.month()}, '-');
  put_number(text, 2, unsigned{date.day()}, 'T');
  put_number(text, 2, static_cast<unsigned>(time.hours().count()), ':');
  put_number(text, 2, static_cast<unsigned>(time.minutes().count()), ':');
  put_number(text, 2, static_cast<unsigned>(time.seconds().count()), '.');
  put_number(text, 3, static_cast<unsigned>(time.subseconds().count()), 'Z');
  return text;
}

Result<Instant> parse_instant(std::string_view text) {
  std::string_view rest = text;
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, milliseconds = 0;
  bool shaped = take_number(rest, 4, year);
  bool has_day = false;
  if (shaped && take(rest, '-')) {
    shaped = take_number(rest, 2, month);
    if (shaped && take(rest, '-')) {
      shaped = take_number(rest, 2, day);
      has_day = shaped;
    }
  }
  if (has_day && (take(rest, 'T') || take(rest, 't'))) {
    shaped = take_number(rest, 2, hour);
    if (shaped && take(rest, ':')) {
      shaped = take_number(rest, 2, minute);
      if (shaped && take(rest, ':')) {
        shaped = take_number(rest, 2, second);
        if (shaped && (take(rest, '.') || take(rest, ','))) shaped = take_fraction(rest, milliseconds);
      }
    }
  }
  if (shaped && !take(rest, 'Z')) take(rest, 'z');
  if (!shaped || !rest.empty()) return bad_instant(text, "is not an ISO 8601 instant");

  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (year < 1 || !date.ok()) return bad_instant(text, "is a date that does not exist");
  if (hour > 23 || minute > 59 || second > 59) return bad_instant(text, "is a time that does not exist");
  return Instant{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + std::chrono::milliseconds{milliseconds};
}

}  // namespace util
