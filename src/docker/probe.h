// Asks an engine who it is and what it can do.
#pragma once

#include "docker/api.h"
#include "docker/engine.h"
#include "docker/facts.h"
#include "executor/engine.h"
#include "util/worker_pool.h"

namespace docker {

/// On the loop. An Error when the engine did not answer, or with nothing that makes sense. Where the options say so,
/// this machine's packet filter is told of the engine's runs, on a worker; the facts' notes tell what came of it.
void probe(Api& api, util::WorkerPool& workers, const Options& options, executor::Callback<Facts> done);

}  // namespace docker
