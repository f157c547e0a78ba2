// Facts about the engine: its kind, version and abilities, read from /version and /info.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/node.h"
#include "docker/api/api.h"
#include "docker/engine.h"

namespace docker {

enum class Kind { docker, podman };

struct Facts {
  Kind kind = Kind::docker;
  bool is_rootless = false;
  std::optional<std::uint64_t> major_version;  // absent: the version does not begin with a number
  std::string data_root;                       // folder of images, containers and volumes, on the engine's machine
  executor::Description description;
};

Facts facts_of(const data::Node& version, const data::Node& info, ApiVersion spoken, const Options& options);

/// True if an image for `architecture` may run on an engine of the architecture `machine`. Both are OCI names; an empty
/// one is accepted.
bool runs_on(const std::string& architecture, const std::string& machine);

}  // namespace docker
