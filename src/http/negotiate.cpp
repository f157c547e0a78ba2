#include "http/negotiate.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "http/media_type.h"
#include "util/text.h"

namespace http {
namespace {

/// "0.875" as 875; nullopt for what RFC 9110 section 12.4.2 does not allow.
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int weight = text[0] == '1' ? 1000 : 0;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int place = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (!util::is_digit(c)) return std::nullopt;
    weight += (c - '0') * place;
    place /= 10;
  }
  return weight > 1000 ? std::nullopt : std::optional(weight);
}

/// How specifically a media range of Accept matches the type: 0 not at all, 1 "*/*", 2 "type/*", 3 the type itself.
int closeness(std::string_view range, std::string_view type) {
  if (range == type) return 3;
  if (range == "*/*") return 1;
  const auto slash = type.find('/');
  const bool group = range.size() == slash + 2 && range.ends_with("/*");
  return group && range.substr(0, slash) == type.substr(0, slash) ? 2 : 0;
}

/// The elements of a comma-separated list; commas within quotes do not separate.
std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == ',' && !quoted) {
      pieces.push_back(util::trim(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  pieces.push_back(util::trim(text.substr(begin)));
  return pieces;
}

std::string_view without_weakness(std::string_view etag) { return etag.starts_with("W/") ? etag.substr(2) : etag; }

bool if_range_fails(const Request& request, std::optional<std::string_view> etag) {
  const auto condition = request.headers.get("If-Range");
  if (!condition) return false;
  const std::string_view wanted = util::trim(*condition);
  return !etag || wanted != *etag || wanted.starts_with("W/");  // strong comparison; an HTTP date never matches
}

constexpr std::array<const char*, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Reads "Sun, 06 Nov 1994 08:49:37 GMT"; the day of the week is not checked.
std::optional<util::Instant> parse_http_date(std::string_view text) {
  constexpr std::string_view shape = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != shape.size() || text.substr(25) != " GMT") return std::nullopt;
  const auto month = std::find(month_names.begin(), month_names.end(), text.substr(8, 3)) - month_names.begin() + 1;
  const std::string iso = std::string(text.substr(12, 4)) + (month < 10 ? "-0" : "-") + std::to_string(month) + "-" +
                          std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) + "Z";
  const auto instant = util::parse_instant(iso);
  return instant.ok() ? std::optional(*instant) : std::nullopt;
}

}  // namespace

int quality(std::optional<std::string_view> accept, std::string_view media_type) {
  if (!accept || util::trim(*accept).empty()) return 1000;
  int best_closeness = 0;
  int best_weight = 0;
  for (const std::string_view piece : split_list(*accept)) {
    const auto range = parse_media_type(piece);
    if (!range) continue;
    const std::string* q = range->parameter("q");
    const auto weight = q == nullptr ? std::optional(1000) : parse_weight(*q);
    const int close = closeness(range->word, media_type);
    if (!weight || close == 0) continue;
    if (close > best_closeness || (close == best_closeness && *weight > best_weight)) {
      best_closeness = close;
      best_weight = *weight;
    }
  }
  return best_weight;
}

std::optional<std::size_t> negotiate(std::optional<std::string_view> accept,
                                     const std::vector<std::string_view>& offers) {
  std::optional<std::size_t> best;
  int best_quality = 0;
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const int q = quality(accept, offers[i]);
    if (q > best_quality) {
      best = i;
      best_quality = q;
    }
  }
  return best;
}

bool wants_json(const Request& request) {
  for (const Pairs* pairs : {&request.query, &request.form}) {
    if (!request.takes_response_format) break;
    for (const auto& [name, value] : *pairs) {
      if (!util::iequals(name, "RESPONSEFORMAT") || value.empty()) continue;
      return util::iequals(value, "json") || util::iequals(value, "application/json");
    }
  }
  const auto accept = request.headers.get("Accept");
  if (!accept) return false;
  const int json = std::max(quality(accept, "application/json"), quality(accept, "application/problem+json"));
  const int others = std::max({quality(accept, "text/xml"), quality(accept, "application/xml"),
                               quality(accept, "text/plain"), quality(accept, "text/html")});
  return json > others;
}

bool wants_events(const Request& request) {
  constexpr std::string_view type = "text/event-stream";
  const auto accept = request.headers.get("Accept");
  if (!accept || request.query_value("RESPONSEFORMAT")) return false;
  const auto pieces = split_list(*accept);
  const bool named = std::any_of(pieces.begin(), pieces.end(), [&](std::string_view piece) {
    const auto range = parse_media_type(piece);
    return range && range->word == type;
  });
  const int events = quality(accept, type);
  return named && events > 0 && events >= std::max(quality(accept, "text/xml"), quality(accept, "application/json"));
}

bool none_match_holds(const Request& request, std::string_view etag) {
  for (const std::string_view field : request.headers.all("If-None-Match")) {
    if (util::trim(field) == "*") return true;
    for (const std::string_view candidate : split_list(field)) {
      if (!candidate.empty() && without_weakness(candidate) == without_weakness(etag)) return true;
    }
  }
  return false;
}

std::string http_date(util::Instant instant) {
  using namespace std::chrono;
  const auto day = floor<days>(instant);
  const year_month_day date(day);
  const hh_mm_ss time(floor<seconds>(instant - day));
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                   day_names.at(weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
                                   month_names.at(static_cast<unsigned>(date.month()) - 1),
                                   static_cast<int>(date.year()), static_cast<int>(time.hours().count()),
                                   static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

bool is_unmodified(const Request& request, util::Instant modified) {
  if (request.headers.get("If-None-Match")) return false;
  const auto field = request.headers.get("If-Modified-Since");
  const auto since = field ? parse_http_date(util::trim(*field)) : std::nullopt;
  return since && std::chrono::floor<std::chrono::seconds>(modified) <= *since;
}

bool is_another(const Request& request, std::string_view etag, std::optional<util::Instant> modified) {
  const auto wanted = request.headers.all("If-Match");
  for (const std::string_view field : wanted) {
    if (util::trim(field) == "*") return false;
    for (const std::string_view candidate : split_list(field)) {
      if (!etag.empty() && !etag.starts_with("W/") && candidate == etag) return false;
    }
  }
  if (!wanted.empty()) return true;
  const auto field = request.headers.get("If-Unmodified-Since");
  const auto since = field ? parse_http_date(util::trim(*field)) : std::nullopt;
  return since && modified && std::chrono::floor<std::chrono::seconds>(*modified) > *since;
}

RangeAnswer range_of(const Request& request, std::uint64_t size, std::optional<std::string_view> etag) {
  const RangeAnswer whole{RangeOutcome::whole, {0, size}};
  const auto field = request.headers.get("Range");
  if (!field || if_range_fails(request, etag)) return whole;
  const std::string_view text = util::trim(*field);
  const auto dash = text.find('-');
  if (text.size() < 7 || !util::iequals(text.substr(0, 6), "bytes=") || dash == std::string_view::npos) return whole;
  const std::string_view first_text = util::trim(text.substr(6, dash - 6));
  const std::string_view last_text = util::trim(text.substr(dash + 1));
  const auto first = util::parse_unsigned(first_text);
  const auto last = util::parse_unsigned(last_text);
  if ((!first && !first_text.empty()) || (!last && !last_text.empty()) || (!first && !last)) return whole;
  if (!first) {  // a suffix range: the last `*last` bytes
    const std::uint64_t length = std::min(*last, size);
    if (length == 0) return {RangeOutcome::unsatisfiable, {}};
    return {RangeOutcome::part, {size - length, length}};
  }
  if (last && *last < *first) return whole;
  if (*first >= size) return {RangeOutcome::unsatisfiable, {}};
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return {RangeOutcome::part, {*first, end - *first + 1}};
}

}  // namespace http
