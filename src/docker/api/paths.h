// Paths in a container.
#pragma once

#include <string>
#include <string_view>

namespace docker {

/// Makes a path absolute and removes ".", ".." and empty segments. `from`: the folder at which a relative path starts.
std::string normal_path(std::string_view path, std::string_view from);

}  // namespace docker
