// What /containers/{id}/json says of a run.
#pragma once

#include <optional>

#include "data/node.h"
#include "docker/engine.h"
#include "docker/facts.h"
#include "executor/engine.h"

namespace docker {

/// What inspect does not tell of a run.
struct Known {
  Kind kind = Kind::docker;
  bool stopped_by_us = false;
};

/// `absent` for a container that was made and neither started nor refused: nobody is at work on it, submit() takes it
/// over. nullopt when the answer makes no sense.
std::optional<executor::RunStatus> read_status(const executor::RunId& run, const data::Node& container,
                                               const Known& known);

}  // namespace docker
