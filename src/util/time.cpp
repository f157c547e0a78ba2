#include "util/time.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "util/text.h"

namespace util {
namespace {

Error bad_instant(std::string_view text, std::string reason) {
  return Error::of(ErrorCode::invalid_argument, Fault{{},
                                                      "'" + for_display(text) + "' " + std::move(reason),
                                                      "an instant in UTC, such as 2026-11-20T22:50:53.120Z"});
}

/// A parser of one instant, which reads from the front to the end. Each step returns false when the text has another
/// form.
class InstantText {
 public:
  explicit InstantText(std::string_view text) : rest_(text) {}

  bool read() { return read_date() && read_time() && rest_.empty(); }
  /// nullopt: the date or the time does not exist.
  std::optional<Instant> instant() const;

 private:
  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    if (!iequals(rest_.substr(0, word.size()), word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::size_t digits() const {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
    return static_cast<std::size_t>(end - rest_.begin());
  }
  /// Takes exactly `count` digits.
  bool take_number(std::size_t count, int& number) {
    if (rest_.size() < count) return false;
    number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(rest_[i])) return false;
      number = number * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }

  bool read_date();
  bool read_time();
  bool read_fraction();
  bool read_zone();

  std::string_view rest_;
  int year_ = 0, month_ = 1, day_ = 1, hour_ = 0, minute_ = 0, second_ = 0, milliseconds_ = 0;
  std::optional<int> day_of_year_;
  bool has_day_ = false;
  int offset_minutes_ = 0, offset_hours_ = 0;
  bool is_west_ = false;
};

bool InstantText::read_date() {
  const std::size_t leading = digits();
  const bool is_basic = leading == 7 || leading == 8;
  if ((!is_basic && leading != 4) || !take_number(4, year_)) return false;
  has_day_ = true;
  if (leading == 7 || (!is_basic && take(':'))) return take_number(3, day_of_year_.emplace());
  if (is_basic) return take_number(2, month_) && take_number(2, day_);
  if (take('-')) {
    if (digits() == 3) return take_number(3, day_of_year_.emplace());
    if (!take_number(2, month_)) return false;
    if (take('-')) return take_number(2, day_);
  }
  has_day_ = false;
  return true;
}

bool InstantText::read_time() {
  const bool has_time = has_day_ && (take('T') || take('t') || take(' ') || (day_of_year_ && take(':')));
  if (!has_time) return take('Z') || take('z') || rest_.empty();
  const bool is_basic = digits() == 4 || digits() == 6;
  if (!take_number(2, hour_)) return false;
  if (is_basic || take(':')) {
    if (!take_number(2, minute_)) return false;
    if ((is_basic && digits() > 0) || (!is_basic && take(':'))) {
      if (!take_number(2, second_)) return false;
      if ((take('.') || take(',')) && !read_fraction()) return false;
    }
  }
  return rest_.empty() || read_zone();
}

/// Reads the digits of a second's fraction and ignores those beyond milliseconds.
bool InstantText::read_fraction() {
  std::size_t count = 0;
  for (int scale = 100; count < rest_.size() && is_digit(rest_[count]); ++count, scale /= 10) {
    milliseconds_ += (rest_[count] - '0') * scale;
  }
  rest_.remove_prefix(count);
  return count > 0;
}

bool InstantText::read_zone() {
  const bool has_blank = take(' ');
  if (take('Z') || take('z') || take_word("UTC") || take_word("GMT")) return true;
  is_west_ = take('-');
  // A '+' that was not encoded arrives as a blank.
  if (!is_west_ && !take('+') && !has_blank) return false;
  if (!take_number(2, offset_hours_)) return false;
  return (!take(':') && digits() == 0) || take_number(2, offset_minutes_);
}

std::optional<Instant> InstantText::instant() const {
  using namespace std::chrono;
  sys_days date = sys_days{year{year_} / January / 1};
  if (day_of_year_) {
    date += days{*day_of_year_ - 1};
    if (*day_of_year_ < 1 || year_month_day{date}.year() != year{year_}) return std::nullopt;
  } else {
    const year_month_day given{year{year_}, month{static_cast<unsigned>(month_)}, day{static_cast<unsigned>(day_)}};
    if (!given.ok()) return std::nullopt;
    date = sys_days{given};
  }
  const bool is_day_end = hour_ == 24 && minute_ == 0 && second_ == 0 && milliseconds_ == 0;
  const bool is_leap_second = second_ == 60 && minute_ == 59;
  if ((hour_ > 23 && !is_day_end) || minute_ > 59 || (second_ > 59 && !is_leap_second)) return std::nullopt;
  if (offset_hours_ > 23 || offset_minutes_ > 59) return std::nullopt;
  const minutes offset = hours{offset_hours_} + minutes{offset_minutes_};
  const Instant instant = Instant{date} + hours{hour_} + minutes{minute_} + seconds{second_} +
                          milliseconds{milliseconds_} + (is_west_ ? offset : -offset);
  const Instant first{sys_days{year{1} / January / 1}};
  const Instant after_last{sys_days{year{10000} / January / 1}};
  if (instant < first || instant >= after_last) return std::nullopt;
  return instant;
}

/// Appends `number` with at least `digits` digits, and then `after`.
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
  InstantText reader(text);
  if (!reader.read()) return bad_instant(text, "is not an ISO 8601 instant");
  if (const auto instant = reader.instant()) return *instant;
  return bad_instant(text, "is a date or a time that does not exist");
}

}  // namespace util
