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

/// True of what lets in images that anybody may publish: all of Docker Hub ("*"), or of another public registry.
bool is_open_to_publishers(std::string_view pattern);

/// What is no such entry is a fault.
void take_image_patterns(config::Reader& reader, std::string_view key, std::vector<std::string>& target);

}  // namespace task
