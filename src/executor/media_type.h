// What a file is, by its name: the science formats that clients look for, and the common ones.
#pragma once

#include <string>
#include <string_view>

namespace executor {

/// "application/octet-stream" when the extension says nothing to us.
std::string media_type_of(std::string_view path);

}  // namespace executor
