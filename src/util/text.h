// Text from outside: what it may hold, and how it is shown. Never std::regex on outside input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace util {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alnum(char c) { return is_digit(c) || is_alpha(c); }

/// ASCII only, whatever the locale.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool iequals(std::string_view a, std::string_view b);

/// Without leading and trailing blanks, tabs, CR and LF.
std::string_view trim(std::string_view text);

/// "a,,b" gives "a", "", "b"; the empty text gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Decimal digits only, no sign; nullopt when empty, otherwise shaped, or over the type.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

/// Valid UTF-8 (RFC 3629), in which every character may stand in an XML 1.0 document (section 2.2).
bool is_xml_text(std::string_view text);
bool is_utf8(std::string_view text);

/// The text with everything that XML 1.0 cannot carry replaced by U+FFFD.
std::string to_xml_text(std::string_view text);
/// The text with every byte that is not UTF-8 replaced by U+FFFD.
std::string to_utf8(std::string_view text);

/// For messages: at most `limit` bytes, cut at a character and then followed by "..."; bad bytes and control
/// characters replaced.
std::string shown(std::string_view text, std::size_t limit = 80);

/// %XX becomes its byte; nullopt when a '%' is not followed by two hex digits. `plus_is_blank` for forms and queries.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);
/// Keeps RFC 3986's unreserved characters and those in `keep`.
std::string percent_encode(std::string_view text, std::string_view keep = {});

std::string to_hex(std::string_view bytes);
std::string to_base64(std::string_view bytes);
/// RFC 4648 section 4, padding optional; nullopt for anything else.
std::optional<std::string> from_base64(std::string_view text);
/// RFC 4648 section 5 without padding, as JOSE writes it; nullopt for anything else.
std::optional<std::string> from_base64url(std::string_view text);

/// Compares in a time that depends on the lengths only.
bool equals_in_constant_time(std::string_view a, std::string_view b);

/// The candidate nearest to `word` by edit distance, when it is near enough to be a slip of the hand.
std::optional<std::string_view> nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace util
