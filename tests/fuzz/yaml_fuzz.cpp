// Fuzzes the YAML parser. An input is refused, or its tree stays the same when it is written as JSON and parsed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "data/node.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto node = data::parse_yaml({reinterpret_cast<const char*>(bytes), size});
  if (!node) return 0;
  const std::string written = data::to_json(*node);
  data::Limits roomy;
  roomy.bytes = written.size();
  const auto again = data::parse_json(written, roomy);
  if (!again || data::to_json(*again) != written) std::abort();
  return 0;
}
