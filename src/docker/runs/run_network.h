// Creates a bridge for one run, on engines that cannot isolate the containers of one bridge (see
// has_network_per_run()). The bridge has the run's name and labels, and is removed with the run.
//
// A run with ports and no network gets a bridge without a way out: the only route leads to the bridge itself (which
// firewall.h blocks), and there is no name service. Its ports are reached at the container's own address, only from
// this machine.
#pragma once

#include <functional>
#include <string>

#include "docker/api/api.h"
#include "docker/engine.h"
#include "docker/facts.h"
#include "executor/engine.h"
#include "util/async.h"

namespace docker {

/// Gives the name of the network, or an Error that says why there is none; `unavailable` if the engine did not answer.
/// Called on the loop. May be repeated: a network of an earlier call is used again.
void make_run_network(Api& api, const Facts& facts, const Options& options, const executor::RunSpec& spec,
                      util::Callback<std::string> done);

/// The first address of an IPv4 subnet: "10.89.3.1" for "10.89.3.0/24"; empty if the text is no IPv4 subnet.
std::string first_address(const std::string& subnet);

}  // namespace docker
