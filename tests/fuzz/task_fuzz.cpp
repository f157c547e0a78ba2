// Fuzzes the parsers of tasks: as a document, whose parameters must make the same task, and as pairs (one per line).
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "task/container_task.h"
#include "util/text.h"

namespace {

std::vector<task::Pair> pairs_of(std::string_view text) {
  std::vector<task::Pair> pairs;
  for (const std::string_view line : util::split(text, '\n')) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    pairs.push_back({std::string(line.substr(0, equals)), std::string(line.substr(equals + 1))});
  }
  return pairs;
}

void check(const std::vector<task::Pair>& pairs) {
  const auto task = task::from_parameters(pairs, {"A"});
  if (!task) return;
  if (task->image.has_value() != task::missing(*task).empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(pairs_of(text));
  const auto document = task::parse_document(text, "");
  if (!document) return 0;
  const auto pairs = task::parameters_of_document(*document);
  if (pairs) check(*pairs);
  return 0;
}
