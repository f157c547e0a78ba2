// The small grammars of single values: paths, ports, mounts, inputs, outputs. Each answers a value, or the reason why
// not and what would be accepted. Of this room only; computes only.
#pragma once

#include <string>
#include <string_view>

#include "task/container_task.h"
#include "util/result.h"

namespace task::grammar {

/// A fault without its input; the caller knows the parameter's name.
template <typename T>
using Parsed = util::Result<T>;

/// Absolute and normal: `path` as it is, or below `folder`; no "..", no control characters, nothing of the kernel's.
Parsed<std::string> absolute_path(std::string_view path, std::string_view folder);

Parsed<EnvironmentVariable> environment_variable(std::string_view text);
Parsed<Port> port(std::string_view text);
Parsed<VolumeMount> mount(std::string_view text);
/// Relative paths are below `workdir`; where that is empty, nobody knows yet what they would be relative to, and they
/// are refused.
Parsed<Input> input(std::string_view text, std::string_view workdir);
Parsed<Output> output(std::string_view text, std::string_view workdir);
Parsed<std::string> platform(std::string_view text);

/// Letters, digits, '.', '_' and '-', beginning with a letter or digit; at most 64.
bool is_name(std::string_view text);
/// `path` is `folder` or below it.
bool is_within(std::string_view path, std::string_view folder);

}  // namespace task::grammar
