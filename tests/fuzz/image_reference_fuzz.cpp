// Fuzzes the parser of image references. An input is refused, or its full form is parsed as the same reference.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "task/image_reference.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto reference = task::ImageReference::parse({reinterpret_cast<const char*>(data), size});
  if (!reference) return 0;
  const std::string shown = reference->to_string();
  const auto again = task::ImageReference::parse(shown);
  if (!again || *again != *reference) std::abort();
  for (const char c : shown) {
    if (c <= ' ' || c >= 0x7F || c == '?' || c == '#' || c == '%') std::abort();
  }
  return 0;
}
