// The media type of a file, from the extension of its name: science formats that clients look for, and common formats.
#pragma once

#include <string>
#include <string_view>

namespace executor {

/// Returns "application/octet-stream" for an unknown extension.
std::string media_type_of(std::string_view path);

}  // namespace executor
