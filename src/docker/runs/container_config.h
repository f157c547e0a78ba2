// The body of /containers/create for a run, with all settings that harden its container. Computes only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "data/node.h"
#include "docker/engine.h"
#include "docker/facts.h"
#include "docker/runs/rlimits.h"
#include "executor/engine.h"

namespace docker {

struct ContainerPlan {
  Kind kind = Kind::docker;
  std::string image_id;
  std::string image_digest;
  std::string note;             // about the image, for jobInfo; empty: none
  std::optional<UserIds> user;  // absent: the image's own user
  std::string network = "none";
  bool sealed_network = false;  // true: the run has no way out, and no name service either
  Rlimits rlimits = {};         // the rlimits that the engine can set
  /// The name of the user, and whether the image sets the environment variables for it.
  std::string user_name = {};
  bool image_has_user = false;     // USER
  bool image_has_logname = false;  // LOGNAME
  bool publishes_ports = true;     // on the host; false: ports are reached at the container's own address
};

/// The rlimit `nproc` of a run's user, if the engine can set so much. It counts the processes of that user on the whole
/// machine; the processes of one run are limited by PidsLimit.
inline constexpr std::int64_t processes_of_user = 65536;

data::Node container_config(const executor::RunSpec& spec, const ContainerPlan& plan, const Options& options);

/// The run's private volume.
data::Node volume_config(const executor::RunId& run);

}  // namespace docker
