// The name of an OCI image: [docker://][registry/]repository[:tag][@digest]. Computes only; any thread may call.
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

  /// Parses by the grammar of the OCI distribution specification: at most 255 characters of name, 128 of tag. Short
  /// names are names of docker.io, as in every engine. Fails with invalid_argument.
  static util::Result<ImageReference> parse(std::string_view text);

  /// Fully qualified: "docker.io/library/hello-world:latest".
  std::string to_string() const;
  /// Without tag and digest.
  std::string name() const { return registry + "/" + repository; }
  auto operator<=>(const ImageReference&) const = default;
};

}  // namespace task
