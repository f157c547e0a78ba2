// Our own entries of the catalogue: catalogue.yaml, as text.
#pragma once

#include <string_view>

namespace task {

extern const std::string_view catalogue_text;

}  // namespace task
