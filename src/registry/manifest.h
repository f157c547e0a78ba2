// Reads the documents of a registry: manifests, lists of manifests, and image configurations (OCI image
// specification). Pure functions without I/O; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/node.h"
#include "executor/engine.h"
#include "util/result.h"

namespace registry {

/// The maximum size of each of these documents, in bytes: what registries accept, and more than real documents have.
inline constexpr std::size_t longest_document = 4U << 20U;

/// The Accept field with which manifests are requested.
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
  std::vector<Choice> choices;  // the manifests of a multi-platform image; if there are any, nothing else is set
  std::string config_digest;
  std::uint64_t layer_bytes = 0;  // compressed, as the registry sends them
};

/// `unavailable` if the text does not follow the specification.
util::Result<Manifest> read_manifest(std::string_view text);

/// Platform, user and exposed ports, from the image's configuration. `unavailable` if it is not a JSON object.
util::Result<executor::ImageFacts> read_configuration(std::string_view text);

/// "sha256:" and the hash of the text.
std::string digest_of(std::string_view text);

}  // namespace registry
