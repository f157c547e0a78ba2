// Checks whether the sources of a run's mounts exist. Without this check, engines would create a missing source, empty.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "docker/api/api.h"
#include "docker/facts.h"
#include "executor/engine.h"
#include "util/async.h"
#include "util/worker_pool.h"

namespace docker {

/// Gives the reason why a mount is not possible; nullopt if all sources exist. An Error means that the engine did not
/// answer. Called on the loop. For an engine that does not check folders itself, a worker looks for them on this
/// machine.
void check_mounts(Api& api, util::WorkerPool& workers, Kind kind, const std::vector<executor::Mount>& mounts,
                  util::Callback<std::optional<std::string>> done);

}  // namespace docker
