// Fuzzes the parser of questions to the planner, as a document and as dotted names (one per line). If the question
// becomes a container task, its taskinfo must have no faults.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "task/planner_request.h"
#include "util/text.h"

namespace {

void check(const data::Node& document) {
  static const task::Catalogue catalogue = task::Catalogue::built_in();
  const auto request = task::planner_request_of(document);
  if (!request) return;
  const task::TaskType* type = catalogue.find_task_type(request->tasktype, "http://x");
  if (type == nullptr) return;
  const auto faults = task::shape_faults(*type, *request);
  if (!type->task) return;
  const auto planned = task::plan(*type, *request);
  if (!planned) return;
  if (request->taskinfo && !faults.empty()) std::abort();
  if (!request->taskinfo) return;
  // Another planner that gets the taskinfo as JSON must make the same task of it.
  const std::string written = data::to_json(task::coerced_taskinfo(*type, *request->taskinfo));
  data::Limits roomy;
  roomy.bytes = written.size();
  task::PlannerRequest settled = *request;
  settled.taskinfo = *data::parse_json(written, roomy);
  const auto again = task::plan(*type, settled);
  if (!again || again->parameters.size() != planned->parameters.size()) std::abort();
}

std::vector<task::DottedValue> values_of(std::string_view text) {
  std::vector<task::DottedValue> values;
  for (const std::string_view line : util::split(text, '\n')) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    values.push_back({std::string(line.substr(0, equals)), std::string(line.substr(equals + 1))});
  }
  return values;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto tree = task::tree_of(values_of(text))) check(*tree);
  if (const auto document = task::parse_document(text, "application/yaml")) check(*document);
  return 0;
}
