// A bridge for one run alone, on engines that cannot keep containers of one bridge apart (see has_network_per_run).
// It carries the run's name and labels, and goes with the run.
//
// A run with ports and no network gets one without a way out: no route but to the bridge itself (which firewall.h
// closes), no name service. Its ports are reached at the container's own address, from this machine alone.
#pragma once

#include <functional>
#include <string>

#include "docker/api.h"
#include "docker/engine.h"
#include "docker/facts.h"
#include "executor/engine.h"

namespace docker {

/// The network's name, or why there is none: an Error, `unavailable` when the engine did not answer. On the loop; asked
/// again it takes what it made.
void make_run_network(Api& api, const Facts& facts, const Options& options, const executor::RunSpec& spec,
                      std::function<void(util::Result<std::string>)> done);

/// The first address of an IPv4 subnet: "10.89.3.1" of "10.89.3.0/24"; empty for what is none.
std::string first_address(const std::string& subnet);

}  // namespace docker
