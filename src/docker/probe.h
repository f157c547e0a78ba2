// Asks an engine who it is and what it can do.
#pragma once

#include "docker/api.h"
#include "docker/engine.h"
#include "docker/facts.h"
#include "executor/engine.h"

namespace docker {

/// On the loop. An Error when the engine did not answer, or with nothing that makes sense.
void probe(Api& api, const Options& options, executor::Callback<Facts> done);

}  // namespace docker
