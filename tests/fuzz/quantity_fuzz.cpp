// Fuzzes the parsers of quantities. An input is refused, or its value is in range and its text gives the same value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "util/quantity.h"

namespace {

void require(bool kept) {
  if (!kept) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto bytes = util::parse_bytes(text)) {
    require(*bytes > 0 && *bytes <= std::int64_t{1} << 62);
    const auto again = util::parse_bytes(util::format_bytes(*bytes));
    require(again && *again == *bytes);
  }
  if (const auto cores = util::parse_millicores(text)) {
    require(*cores >= 10 && *cores <= 1'000'000'000);
    const auto again = util::parse_millicores(util::format_millicores(*cores));
    require(again && *again == *cores);
  }
  if (const auto duration = util::parse_duration(text)) {
    require(duration->count() >= 0 && *duration <= std::chrono::hours(24 * 36'500));
  }
  return 0;
}
