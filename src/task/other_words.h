// What other systems call the parts of a task: for refusals that lead on. Constant; any thread.
#pragma once

#include <optional>
#include <string_view>

namespace task {

struct OurWord {
  std::string_view parameter;  // "CORES"
  std::string_view member;     // of a document: "resources.cores"
};

/// Ours for that of others, which compares without case: CPUS is CORES.
std::optional<OurWord> our_word(std::string_view others);

}  // namespace task
