// Patterns of declared outputs over absolute paths, as shells have them: *, ? and [] match characters (of UTF-8) within
// a segment, ** any number of segments, and a backslash takes the meaning from the next character. As in shells, none
// of them matches the dot that a hidden name begins with. Bounded in time: the product of both lengths. Computes only.
#pragma once

#include <string>
#include <string_view>

namespace task {

/// It has a *, ? or [ that is meant as such.
bool is_glob(std::string_view pattern);

bool glob_matches(std::string_view pattern, std::string_view path);

/// The deepest folder of a pattern before its first segment with *, ? or [: "/work/job" of "/work/job/*.fits"; "/" when
/// there is none. Without backslashes.
std::string fixed_folder(std::string_view pattern);

/// What a pattern without *, ? and [ stands for.
std::string without_escapes(std::string_view pattern);
/// A pattern that stands for this text only.
std::string with_escapes(std::string_view text);

}  // namespace task
