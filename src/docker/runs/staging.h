// Lists what is put into a run's container before it starts: its folder and its inputs. Computes only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "docker/tar/tar_source.h"
#include "executor/engine.h"

namespace docker {

/// Additions to the image for the run's user.
struct ImageAdditions {
  std::string passwd;                // a new /etc/passwd; empty: the image's file stays
  std::vector<std::string> volumes;  // volumes of the image that must belong to the user
};

/// The items to stage, in order. The run's own folder, and each folder below it that an input or the working folder
/// needs, belong to `owner`. Folders elsewhere stay as they are in the image, or are created by the engine.
std::vector<TarItem> staging_items(const std::vector<executor::InputFile>& inputs, const UserIds& owner,
                                   std::string_view workdir = task::work_folder, const ImageAdditions& additions = {});

/// The volumes of the image, without those at the run's own folder or within a configured mount.
std::vector<std::string> own_volumes(std::vector<std::string> volumes, const std::vector<executor::Mount>& mounts);

}  // namespace docker
