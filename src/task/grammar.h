// Parsers of single values: paths, ports, mounts, inputs, outputs. Each returns the parsed value, or a fault with the
// reason and what would be accepted. Used within src/task only. Computes only; any thread may call.
#pragma once

#include <string>
#include <string_view>

#include "task/container_task.h"
#include "util/result.h"

namespace task::grammar {

/// The faults have no `input`: the caller adds the name of the parameter.
template <typename T>
using Parsed = util::Result<T>;

/// Makes `path` absolute (relative paths are below `folder`) and normalised. Refuses "..", control characters, and
/// paths in /proc, /sys and /dev.
Parsed<std::string> absolute_path(std::string_view path, std::string_view folder);

Parsed<EnvironmentVariable> environment_variable(std::string_view text);
Parsed<Port> port(std::string_view text);
Parsed<VolumeMount> mount(std::string_view text);
/// Relative paths are below `workdir`. If that is empty, they are refused, because the working directory of the image
/// is not known yet.
Parsed<Input> input(std::string_view text, std::string_view workdir);
Parsed<Output> output(std::string_view text, std::string_view workdir);
Parsed<std::string> platform(std::string_view text);

/// Letters, digits, '.', '_' and '-', beginning with a letter or digit; at most 64.
bool is_name(std::string_view text);
/// `path` is `folder` or below it.
bool is_within(std::string_view path, std::string_view folder);

}  // namespace task::grammar
