// Derives the status of a run from the answer of /containers/{id}/json. Computes only.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "data/node.h"
#include "docker/engine.h"
#include "docker/facts.h"
#include "executor/engine.h"

namespace docker {

/// What the caller knows and the answer does not tell.
struct StatusContext {
  Kind kind = Kind::docker;
  bool stopped_by_us = false;
  std::chrono::milliseconds clock_ahead{0};  // how far the engine's clock is ahead of ours: see EngineClock
};

/// True if `word`, a container's State.Status, means that it has not ended; it may be paused.
bool goes_on(const std::string& word);

/// The times in the result are by this service's clock. The state is `absent` for a container that was created but
/// neither started nor refused: no submission is working on it, and submit() will take it over. nullopt: the answer
/// makes no sense.
std::optional<executor::RunStatus> read_status(const executor::RunId& run, const data::Node& container,
                                               const StatusContext& known);

}  // namespace docker
