// The engine's disk: how much space is free, and how much each run uses. Called on the loop's thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/node.h"
#include "docker/api/api.h"
#include "docker/facts.h"
#include "executor/engine.h"
#include "util/async.h"
#include "util/worker_pool.h"

namespace docker {

/// The path at which this process sees the engine's disk: as configured, else as the engine reports if it is on this
/// machine, else empty.
std::string data_root_of(const Facts& facts, const Options& options);

/// Reads the free space of the file system of `root`, on a worker because a disk may hang. nullopt: it cannot be read.
void measure_disk(util::WorkerPool& workers, const util::Poster& post, const std::string& root,
                  util::Callback<std::optional<executor::DiskSpace>> done);

/// Asks the engine to add up the files of all containers and volumes. This is expensive, and the engine does it for one
/// caller at a time. Runs that the engine does not report are left out.
void ask_disk_use(Api& api, const std::vector<executor::RunId>& runs,
                  util::Callback<std::map<executor::RunId, std::uint64_t>> done);

/// Reads the answer of /system/df: for each run the sum of its container and its volume of the same name.
std::map<executor::RunId, std::uint64_t> disk_use_of(const data::Node& shown, const std::vector<executor::RunId>& runs);

}  // namespace docker
