// Paths in a container.
#pragma once

#include <string>
#include <string_view>

namespace docker {

/// Absolute, without ".", ".." and empty segments; `from` is the folder that a relative one starts at.
std::string normal_path(std::string_view path, std::string_view from);

}  // namespace docker
