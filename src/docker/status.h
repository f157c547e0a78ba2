// What /containers/{id}/json says of a run.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "data/node.h"
#include "docker/engine.h"
#include "docker/facts.h"
#include "executor/engine.h"

namespace docker {

/// What inspect does not tell of a run.
struct Known {
  Kind kind = Kind::docker;
  bool stopped_by_us = false;
  std::chrono::milliseconds clock_ahead{0};  // the engine's, of ours: see EngineClock
};

/// Of a container's State.Status: it has not ended, though it may stand still.
bool goes_on(const std::string& word);

/// Its times are this service's. `absent` for a container that was made and neither started nor refused: nobody is at
/// work on it, submit() takes it over. nullopt when the answer makes no sense.
std::optional<executor::RunStatus> read_status(const executor::RunId& run, const data::Node& container,
                                               const Known& known);

}  // namespace docker
