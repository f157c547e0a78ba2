// Who the engine is and what it can do, from /version and /info.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/node.h"
#include "docker/api.h"
#include "docker/engine.h"

namespace docker {

enum class Kind { docker, podman };

struct Facts {
  Kind kind = Kind::docker;
  bool is_rootless = false;
  std::optional<std::uint64_t> major_version;  // absent: it is no number
  std::string data_root;                       // of its images, containers and volumes, on its own machine
  executor::Description description;
};

Facts facts_of(const data::Node& version, const data::Node& info, ApiVersion spoken, const Options& options);

/// May an image for `architecture` run on an engine of `machine`? Both in OCI's words; what is not told is let through.
bool runs_on(const std::string& architecture, const std::string& machine);

}  // namespace docker
