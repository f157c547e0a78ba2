// Repeats a text, for tests with long or deeply nested documents.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace data {

inline std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

}  // namespace data
