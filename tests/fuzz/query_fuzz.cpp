// Fuzzes the parser of request targets (path and query). An input is refused, or it becomes path segments without
// traversal and pairs of valid text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/target.h"
#include "util/text.h"

namespace {

constexpr std::size_t most_pairs = 50;

bool is_text(const std::string& text) { return util::is_utf8(text) && text.find('\0') == std::string::npos; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto target = http::parse_target("/" + std::string(reinterpret_cast<const char*>(data), size), most_pairs);
  if (!target.ok()) return 0;
  for (const std::string& segment : target->segments) {
    if (!is_text(segment) || segment == "." || segment == "..") std::abort();
  }
  if (!target->query) return 0;
  if (target->query->size() > most_pairs) std::abort();
  for (const auto& [name, value] : *target->query) {
    if (!is_text(name) || !is_text(value)) std::abort();
  }
  return 0;
}
