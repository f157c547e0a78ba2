// Checks, conversions and encodings of text, most of it from outside. None uses std::regex, whose cost on hostile input
// is not bounded. Any thread may call.
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

/// Reads decimal digits without a sign; nullopt when the text is empty, has anything else, or exceeds 64 bits.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

/// True when the text is valid UTF-8 (RFC 3629) and XML 1.0 (section 2.2) allows each of its characters.
bool is_xml_text(std::string_view text);
bool is_utf8(std::string_view text);

/// The text with everything that XML 1.0 does not allow replaced by U+FFFD.
std::string to_xml_text(std::string_view text);
/// The text with every byte that is not UTF-8 replaced by U+FFFD.
std::string to_utf8(std::string_view text);

/// The text for use in messages: at most `limit` bytes; a longer text is cut between two characters and followed by
/// "...". A newline or a tab becomes a blank; other control characters and invalid bytes become U+FFFD.
std::string for_display(std::string_view text, std::size_t limit = 80);

/// Replaces each %XX by its byte; nullopt when a '%' is not followed by two hex digits. `plus_is_blank`: a '+' becomes
/// a blank, as in forms and queries.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);
/// Encodes all characters but RFC 3986's unreserved ones and those in `keep`.
std::string percent_encode(std::string_view text, std::string_view keep = {});

std::string to_hex(std::string_view bytes);
std::string to_base64(std::string_view bytes);
/// Decodes RFC 4648 section 4, with or without padding; nullopt for anything else.
std::optional<std::string> from_base64(std::string_view text);
/// Decodes RFC 4648 section 5 without padding, as JOSE uses it; nullopt for anything else.
std::optional<std::string> from_base64url(std::string_view text);

/// Compares in a time that depends on the lengths only.
bool equals_in_constant_time(std::string_view a, std::string_view b);

/// The candidate with the smallest edit distance to `word`, when that is small enough for a typing mistake.
std::optional<std::string_view> nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace util
