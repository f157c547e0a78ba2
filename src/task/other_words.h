// Words that other systems use for the parts of a task, so that a refusal can name our word. Constant; any thread may
// call.
#pragma once

#include <optional>
#include <string_view>

namespace task {

struct OurWord {
  std::string_view parameter;  // "CORES"
  std::string_view member;     // of a document: "resources.cores"
};

/// Our word for a word of other systems, for example CORES for CPUS; nullopt if there is none. Case-insensitive.
std::optional<OurWord> our_word(std::string_view others);

}  // namespace task
