// Patterns in lists of images: "hello-world" (any tag), "astro/tool:1.0", "name@sha256:…",
// "registry.example.org/astro/*". Short names are names of docker.io. Computes only; any thread may call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/section.h"
#include "task/image_reference.h"

namespace task {

bool matches(std::string_view pattern, const ImageReference& image);

/// True for a pattern that matches images which anybody may publish: all of Docker Hub ("*"), or of another public
/// registry.
bool is_open_to_publishers(std::string_view pattern);

/// Reads a list of patterns. Adds a fault for every entry that is no pattern.
void take_image_patterns(config::Reader& reader, std::string_view key, std::vector<std::string>& target);

}  // namespace task
