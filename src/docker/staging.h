// What is put into a run's container before it starts: its folder, and the inputs.
#pragma once

#include <string_view>
#include <vector>

#include "docker/tar_source.h"
#include "executor/engine.h"

namespace docker {

/// The run's own folder and every folder below it that an input or the command needs belong to `owner`; folders
/// elsewhere are left as the image has them, or made by the engine.
std::vector<TarItem> staging_items(const std::vector<executor::InputFile>& inputs, const UserIds& owner,
                                   std::string_view workdir = task::work_folder);

}  // namespace docker
