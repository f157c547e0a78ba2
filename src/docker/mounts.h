// Are the sources of a run's mounts there? Engines make what is missing, empty and unasked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "docker/api.h"
#include "docker/facts.h"
#include "executor/engine.h"
#include "util/worker_pool.h"

namespace docker {

/// Why one of them must not be mounted; nullopt when all are there. An Error: the engine did not answer. On the loop;
/// folders of this machine are looked at on a worker, for an engine that would not do that itself.
void check_mounts(Api& api, util::WorkerPool& workers, Kind kind, const std::vector<executor::Mount>& mounts,
                  executor::Callback<std::optional<std::string>> done);

}  // namespace docker
