// The name of an OCI image: [docker://][registry/]repository[:tag][@digest].
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/result.h"

namespace task {

struct ImageReference {
  std::string registry;    // "docker.io", "registry.example.org:5000"
  std::string repository;  // "library/hello-world"
  std::string tag;         // "latest" where neither tag nor digest was given; empty with a digest only
  std::string digest;      // "sha256:…" or empty

  /// Grammar of the distribution specification; at most 255 characters of name, 128 of tag. Short names are
  /// docker.io's, as every engine reads them.
  static util::Result<ImageReference> parse(std::string_view text);

  /// Fully qualified: "docker.io/library/hello-world:latest".
  std::string to_string() const;
  /// Without tag and digest.
  std::string name() const { return registry + "/" + repository; }
  auto operator<=>(const ImageReference&) const = default;
};

}  // namespace task
