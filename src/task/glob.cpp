#include "task/glob.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "util/text.h"

namespace task {
namespace {

constexpr std::string_view specials = "*?[";

using Segments = std::vector<std::string_view>;

Segments segments_of(std::string_view path) {
  Segments segments;
  for (const auto segment : util::split(path, '/')) {
    if (!segment.empty()) segments.push_back(segment);
  }
  return segments;
}

struct Character {
  std::uint32_t value = 0;
  std::size_t length = 1;
};

/// The UTF-8 character at `at`. An invalid byte counts as a character that differs from all valid ones.
Character character_at(std::string_view text, std::size_t at) {
  constexpr std::uint32_t beyond_unicode = 0x110000;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || length > text.size() - at) return {beyond_unicode + first, 1};
  std::uint32_t value = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return {beyond_unicode + first, 1};
    value = value << 6U | (byte(at + i) & 0x3FU);
  }
  return {value, length};
}

/// The character at `at` of a pattern, in which a backslash escapes the next character.
Character literal_at(std::string_view pattern, std::size_t at) {
  if (pattern[at] != '\\' || at + 1 == pattern.size()) return character_at(pattern, at);
  const Character next = character_at(pattern, at + 1);
  return {next.value, next.length + 1};
}

/// The result of matching `c` against the set that begins at pattern[at] == '['. nullopt: the set has no end, so the
/// '[' is an ordinary character.
struct Set {
  bool holds = false;
  std::size_t end = 0;
};
std::optional<Set> match_set(std::string_view pattern, std::size_t at, std::uint32_t c) {
  auto i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (auto first = i; i < pattern.size();) {
    if (pattern[i] == ']' && i > first) return Set{found != negated, i + 1};
    const Character lower = literal_at(pattern, i);
    i += lower.length;
    Character upper = lower;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      upper = literal_at(pattern, i + 1);
      i += 1 + upper.length;
    }
    found = found || (lower.value <= c && c <= upper.value);
  }
  return std::nullopt;
}

/// The index behind the element of the pattern at `at`, if that matches `c`.
std::optional<std::size_t> match_one(std::string_view pattern, std::size_t at, std::uint32_t c) {
  if (pattern[at] == '?') return at + 1;
  if (pattern[at] == '[') {
    if (const auto set = match_set(pattern, at, c)) return set->holds ? std::optional(set->end) : std::nullopt;
  }
  const Character literal = literal_at(pattern, at);
  return literal.value == c ? std::optional(at + literal.length) : std::nullopt;
}

bool is_hidden(std::string_view segment) { return segment.starts_with('.'); }

bool segment_matches(std::string_view pattern, std::string_view text) {
  if (is_hidden(text) && !pattern.starts_with('.') && !pattern.starts_with("\\.")) return false;
  std::size_t p = 0;
  std::size_t t = 0;
  std::optional<std::size_t> star;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
      continue;
    }
    const Character c = character_at(text, t);
    const auto next = p < pattern.size() ? match_one(pattern, p, c.value) : std::nullopt;
    if (next) {
      p = *next;
      t += c.length;
    } else if (star) {
      p = *star;
      t = star_text += character_at(text, star_text).length;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool is_glob(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (specials.find(pattern[i]) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

bool glob_matches(std::string_view pattern, std::string_view path) {
  const auto wanted = segments_of(pattern);
  const auto given = segments_of(path);
  std::size_t w = 0;
  std::size_t g = 0;
  std::optional<std::size_t> star;
  std::size_t star_given = 0;
  while (g < given.size()) {
    if (w < wanted.size() && wanted[w] == "**") {
      star = ++w;
      star_given = g;
    } else if (w < wanted.size() && segment_matches(wanted[w], given[g])) {
      ++w;
      ++g;
    } else if (star && !is_hidden(given[star_given])) {
      w = *star;
      g = ++star_given;
    } else {
      return false;
    }
  }
  while (w < wanted.size() && wanted[w] == "**") ++w;
  return w == wanted.size();
}

std::string fixed_folder(std::string_view pattern) {
  std::string folder;
  const auto segments = segments_of(pattern);
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    if (is_glob(segments[i])) break;
    folder.append("/").append(without_escapes(segments[i]));
  }
  return folder.empty() ? "/" : folder;
}

std::string without_escapes(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    text += pattern[i];
  }
  return text;
}

std::string with_escapes(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '\\' || specials.find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace task
