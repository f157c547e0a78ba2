// What the parts of a task must be together, whether a client's parameters made it or an application. Computes only.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "task/container_task.h"
#include "util/result.h"

namespace task {

// What execve takes: one string of 128 KiB, and 2 MiB in all, of which the image's own variables need some.
inline constexpr std::size_t longest_string = (128U << 10U) - 1;
inline constexpr std::size_t longest_strings = 1U << 20U;

/// Inputs that cannot be staged together: of one path, a file where another needs a folder, or of an upload that is not
/// among `uploads`. Each fault names the parameter that gave the input.
std::vector<util::Fault> conflicts(const std::vector<Input>& inputs, const std::vector<std::string>& uploads);

}  // namespace task
