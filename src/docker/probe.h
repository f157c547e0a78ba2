// Asks an engine for its facts: kind, version and abilities.
#pragma once

#include "docker/api/api.h"
#include "docker/engine.h"
#include "docker/facts.h"
#include "executor/engine.h"
#include "util/async.h"
#include "util/worker_pool.h"

namespace docker {

/// Called on the loop. An Error means that the engine did not answer, or answered nonsense. If the options say so, a
/// worker sets the packet filter rules for the engine's runs; a note in the facts tells whether that succeeded.
void probe(Api& api, util::WorkerPool& workers, const Options& options, util::Callback<Facts> done);

}  // namespace docker
