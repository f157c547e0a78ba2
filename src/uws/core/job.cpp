#include "uws/core/job.h"

#include <algorithm>
#include <array>

#include "util/text.h"

namespace uws {
namespace {

/// In the order of Phase.
constexpr std::array<std::string_view, 10> phase_words = {"PENDING", "QUEUED",  "EXECUTING", "COMPLETED", "ERROR",
                                                          "ABORTED", "UNKNOWN", "HELD",      "SUSPENDED", "ARCHIVED"};

}  // namespace

std::string_view to_string(Phase phase) { return phase_words[static_cast<std::size_t>(phase)]; }

std::optional<Phase> parse_phase(std::string_view word) {
  for (std::size_t i = 0; i < phase_words.size(); ++i) {
    if (util::iequals(word, phase_words[i])) return static_cast<Phase>(i);
  }
  return std::nullopt;
}

bool is_ended(Phase phase) {
  return phase == Phase::completed || phase == Phase::error || phase == Phase::aborted || phase == Phase::archived;
}

bool is_waited_in(Phase phase) {
  return phase == Phase::pending || phase == Phase::queued || phase == Phase::executing;
}

const std::vector<std::string_view>& control_parameters() {
  static const std::vector<std::string_view> names{"PHASE",  "RUNID", "EXECUTIONDURATION", "DESTRUCTION",
                                                   "ACTION", "WAIT",  "RESPONSEFORMAT",    "SHARE"};
  return names;
}

bool is_control_parameter(std::string_view name) {
  const auto& names = control_parameters();
  return std::any_of(names.begin(), names.end(), [name](std::string_view word) { return util::iequals(name, word); });
}

}  // namespace uws
