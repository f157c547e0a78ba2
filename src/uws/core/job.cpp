#include "uws/core/job.h"

#include <algorithm>
#include <array>

#include "util/text.h"

namespace uws {
namespace {

/// In the order of Phase.
constexpr std::array<std::string_view, 10> phase_words = {"PENDING", "QUEUED",  "EXECUTING", "COMPLETED", "ERROR",
                                                          "ABORTED", "UNKNOWN", "HELD",      "SUSPENDED", "ARCHIVED"};

constexpr std::array<std::string_view, 8> control_words = {"PHASE",  "RUNID", "EXECUTIONDURATION", "DESTRUCTION",
                                                           "ACTION", "WAIT",  "RESPONSEFORMAT",    "SHARE"};

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

bool is_control_parameter(std::string_view name) {
  return std::any_of(control_words.begin(), control_words.end(),
                     [name](std::string_view word) { return util::iequals(name, word); });
}

}  // namespace uws
