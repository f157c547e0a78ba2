// What the engine has of one installation: its containers, and networks and volumes whose container is gone or was
// never made.
#pragma once

#include <string>
#include <vector>

#include "docker/api.h"
#include "docker/facts.h"
#include "executor/engine.h"

namespace docker {

void list_runs(Api& api, Kind kind, const std::string& installation,
               executor::Callback<std::vector<executor::RunId>> done);

}  // namespace docker
