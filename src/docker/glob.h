// Patterns over absolute paths: *, ? and [] match within a segment, ** over any number of segments. Bounded in time:
// the product of both lengths.
#pragma once

#include <string>
#include <string_view>

namespace docker {

bool glob_matches(std::string_view pattern, std::string_view path);

/// The deepest folder of a pattern before its first segment with *, ? or [: "/work/job" of "/work/job/*.fits"; "/" when
/// there is none.
std::string fixed_folder(std::string_view pattern);

/// Absolute, without ".", ".." and empty segments; `from` is the folder that a relative one starts at.
std::string normal_path(std::string_view path, std::string_view from);

}  // namespace docker
