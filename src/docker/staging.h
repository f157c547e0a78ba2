// What is put into a run's container before it starts: its folder, and the inputs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "docker/tar_source.h"
#include "executor/engine.h"

namespace docker {

/// What the image lacks for the run's user.
struct Amends {
  std::string passwd;                // a new /etc/passwd; empty: the image's own
  std::vector<std::string> volumes;  // the image's own, which are to belong to the user
};

/// The run's own folder and every folder below it that an input or the command needs belong to `owner`; folders
/// elsewhere are left as the image has them, or made by the engine.
std::vector<TarItem> staging_items(const std::vector<executor::InputFile>& inputs, const UserIds& owner,
                                   std::string_view workdir = task::work_folder, const Amends& amends = {});

/// Of the image's volumes those that nothing of ours is mounted at or around.
std::vector<std::string> own_volumes(std::vector<std::string> volumes, const std::vector<executor::Mount>& mounts);

}  // namespace docker
