// The documents of a registry: manifests, lists of them, configurations (OCI image specification). Computes only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/node.h"
#include "executor/engine.h"
#include "util/result.h"

namespace registry {

/// Of each of them, in bytes: what registries take, and more than they have.
inline constexpr std::size_t longest_document = 4U << 20U;

/// What is asked for, in one Accept field.
inline constexpr std::string_view manifest_types =
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// One entry of a list of manifests.
struct Choice {
  std::string digest;
  std::string os;
  std::string architecture;
};

struct Manifest {
  std::vector<Choice> choices;  // of an image of several platforms; then nothing else is set
  std::string config_digest;
  std::uint64_t layer_bytes = 0;  // as they are sent
};

/// `unavailable` for what the specification does not know.
util::Result<Manifest> read_manifest(std::string_view text);

/// Platform, user and ports, from an image's configuration.
util::Result<executor::ImageFacts> read_configuration(std::string_view text);

/// "sha256:" and the hash of the text.
std::string digest_of(std::string_view text);

}  // namespace registry
