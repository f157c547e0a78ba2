// Lists the runs of one installation that the engine knows: by their containers, and by networks and volumes whose
// container was removed or never created. On the loop's thread.
#pragma once

#include <string>
#include <vector>

#include "docker/api/api.h"
#include "docker/facts.h"
#include "executor/engine.h"
#include "util/async.h"

namespace docker {

void list_runs(Api& api, Kind kind, const std::string& installation, util::Callback<std::vector<executor::RunId>> done);

}  // namespace docker
