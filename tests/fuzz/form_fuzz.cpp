// Fuzzes the parser of forms. An input is refused, or it becomes pairs of valid text, not more than the limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/form.h"
#include "util/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t most_pairs = 50;
  const auto pairs = http::parse_pairs({reinterpret_cast<const char*>(data), size}, most_pairs, "form");
  if (!pairs.ok()) return 0;
  if (pairs->size() > most_pairs) std::abort();
  for (const auto& [name, value] : *pairs) {
    if (!util::is_utf8(name) || !util::is_utf8(value) || value.find('\0') != std::string::npos) std::abort();
  }
  return 0;
}
