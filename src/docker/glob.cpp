#include "docker/glob.h"

#include <optional>
#include <vector>

#include "util/text.h"

namespace docker {
namespace {

using Segments = std::vector<std::string_view>;

Segments segments_of(std::string_view path) {
  Segments segments;
  for (const auto segment : util::split(path, '/')) {
    if (!segment.empty()) segments.push_back(segment);
  }
  return segments;
}

/// A set that begins at pattern[at] == '[': does it hold `c`? And where it ends; no end: it is an ordinary '['.
struct Set {
  bool holds = false;
  std::size_t end = 0;
};
std::optional<Set> match_set(std::string_view pattern, std::size_t at, char c) {
  auto i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (auto first = i; i < pattern.size(); ++i) {
    if (pattern[i] == ']' && i > first) return Set{found != negated, i + 1};
    auto upper = pattern[i];
    const auto lower = upper;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      upper = pattern[i + 2];
      i += 2;
    }
    const auto value = static_cast<unsigned char>(c);
    found = found || (static_cast<unsigned char>(lower) <= value && value <= static_cast<unsigned char>(upper));
  }
  return std::nullopt;
}

/// Where the pattern goes on when its element at `at` takes `c`.
std::optional<std::size_t> match_one(std::string_view pattern, std::size_t at, char c) {
  if (pattern[at] == '?') return at + 1;
  if (pattern[at] == '[') {
    if (const auto set = match_set(pattern, at, c)) return set->holds ? std::optional(set->end) : std::nullopt;
  }
  return pattern[at] == c ? std::optional(at + 1) : std::nullopt;
}

bool segment_matches(std::string_view pattern, std::string_view text) {
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
    const auto next = p < pattern.size() ? match_one(pattern, p, text[t]) : std::nullopt;
    if (next) {
      p = *next;
      ++t;
    } else if (star) {
      p = *star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

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
    } else if (star) {
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
    if (segments[i].find_first_of("*?[") != std::string_view::npos) break;
    folder.append("/").append(segments[i]);
  }
  return folder.empty() ? "/" : folder;
}

std::string normal_path(std::string_view path, std::string_view from) {
  auto segments = path.starts_with('/') ? Segments{} : segments_of(from);
  for (const auto segment : segments_of(path)) {
    if (segment == ".") continue;
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  }
  std::string result;
  for (const auto segment : segments) result.append("/").append(segment);
  return result.empty() ? "/" : result;
}

}  // namespace docker
