// Fuzzes the parser of instants. An input is refused, or its canonical form is parsed as the same instant.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "util/time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto instant = util::parse_instant({reinterpret_cast<const char*>(bytes), size});
  if (!instant) return 0;
  const std::string shown = util::to_iso(*instant);
  const auto again = util::parse_instant(shown);
  if (shown.size() != 24 || !again || *again != *instant) std::abort();
  return 0;
}
