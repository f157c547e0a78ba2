// The body of /containers/create for a run: everything that hardens it is here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "data/node.h"
#include "docker/engine.h"
#include "docker/facts.h"
#include "docker/rlimits.h"
#include "executor/engine.h"

namespace docker {

struct ContainerPlan {
  Kind kind = Kind::docker;
  std::string image_id;
  std::string image_digest;
  std::string note;             // about the image, for jobInfo; empty: none
  std::optional<UserIds> user;  // absent: the image's own
  std::string network = "none";
  bool sealed_network = false;  // names are not resolved either
  Rlimits rlimits = {};         // what the engine can give
  /// Its name and whether the image leaves the variables of it unset.
  std::string user_name = {};
  bool image_has_user = false;     // USER
  bool image_has_logname = false;  // LOGNAME
  bool publishes_ports = true;     // on the host; false: they are reached at the container's own address
};

/// Of a run's user, where the engine can give so many. They are counted over all of the machine; what bounds one run is
/// PidsLimit.
inline constexpr std::int64_t processes_of_user = 65536;

data::Node container_config(const executor::RunSpec& spec, const ContainerPlan& plan, const Options& options);

/// The run's private volume.
data::Node volume_config(const executor::RunId& run);

}  // namespace docker
