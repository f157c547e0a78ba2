// Which images an entry of a list stands for: "hello-world" (any tag), "astro/tool:1.0", "name@sha256:…",
// "registry.example.org/astro/*". Short names are docker.io's. Computes only; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/section.h"
#include "task/image_reference.h"

namespace task {

bool matches(std::string_view pattern, const ImageReference& image);

/// What is no such entry is a fault.
void take_image_patterns(config::Reader& reader, std::string_view key, std::vector<std::string>& target);

}  // namespace task
