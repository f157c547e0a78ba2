// The engine's disk: how much of it is free, and what runs take of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/node.h"
#include "docker/api.h"
#include "docker/facts.h"
#include "executor/engine.h"
#include "util/worker_pool.h"

namespace docker {

/// Where the engine's disk is seen from here: as configured, or as the engine tells, where it is on this machine.
std::string data_root_of(const Facts& facts, const Options& options);

/// Of the file system below `root`, asked by a worker: a disk may hang. nullopt when it cannot be seen.
void look_at_disk(util::WorkerPool& workers, const executor::Poster& post, const std::string& root,
                  executor::Callback<std::optional<executor::DiskSpace>> done);

/// The engine adds up the files of every container and volume: dear, and done for one caller at a time. What it does
/// not tell is left out.
void ask_disk_use(Api& api, const std::vector<executor::RunId>& runs,
                  executor::Callback<std::map<executor::RunId, std::uint64_t>> done);

/// Of /system/df: a run's container, and its volume of the same name.
std::map<executor::RunId, std::uint64_t> disk_use_of(const data::Node& shown, const std::vector<executor::RunId>& runs);

}  // namespace docker
