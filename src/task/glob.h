// Glob patterns of declared outputs, matched against absolute paths. As in shells, *, ? and [] match UTF-8 characters
// within a segment, ** matches any number of segments, and a backslash makes the next character literal. As in shells,
// none of them matches the dot at the beginning of a hidden name. Matching takes at most time proportional to the
// product of both lengths. Computes only; any thread may call.
#pragma once

#include <string>
#include <string_view>

namespace task {

/// True if the pattern has a *, ? or [ that is not escaped.
bool is_glob(std::string_view pattern);

bool glob_matches(std::string_view pattern, std::string_view path);

/// The folder before the first segment with *, ? or [: "/work/job" of "/work/job/*.fits"; "/" when there is none.
/// Escapes are removed.
std::string fixed_folder(std::string_view pattern);

/// The text that a pattern without *, ? and [ matches.
std::string without_escapes(std::string_view pattern);
/// A pattern that matches this text only.
std::string with_escapes(std::string_view text);

}  // namespace task
