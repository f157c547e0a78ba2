#include "config/checks.h"

#include "util/text.h"

namespace config {

void add_faults(Reader& reader, std::string_view key, const util::Error& error) {
  if (error.faults.empty()) reader.fault(key, error.message, {});
  for (const util::Fault& found : error.faults) {
    reader.fault(key, util::to_string({found.input, found.reason, {}}), found.accepted);
  }
}

void Names::add(const Section& item, const std::string& name) {
  if (name.empty() || names_.insert(name).second) return;
  faults_.push_back(item.child(key_).fault("'" + util::for_display(name) + "' is given twice", "each once"));
}

std::string to_warning(const Fault& fault, std::string_view file) {
  Fault warning = fault;
  warning.path = "warning: " + fault.path;
  return to_string(warning, file);
}

}  // namespace config
