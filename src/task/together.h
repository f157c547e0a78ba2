// Checks of a whole task, for tasks made from a client's parameters as well as from an application. Computes only; any
// thread may call.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "task/container_task.h"
#include "util/result.h"

namespace task {

// execve() accepts strings of up to 128 KiB, and 2 MiB in all. The variables of the image need some of that.
inline constexpr std::size_t longest_string = (128U << 10U) - 1;
inline constexpr std::size_t longest_strings = 1U << 20U;

/// Returns a fault for each input that has the path of another, that needs a folder where another input is a file, or
/// that refers to an upload not among `uploads`. Each fault names the parameter that gave the input.
std::vector<util::Fault> conflicts(const std::vector<Input>& inputs, const std::vector<std::string>& uploads);

}  // namespace task
