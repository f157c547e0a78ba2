// Removes paths of the engine's own folders from its messages, because only the operator should see them. Messages to
// the owners of jobs name files by their paths in the container, or not at all. Computes only.
#pragma once

#include <string>
#include <string_view>

namespace docker {

/// "lstat /var/lib/docker/overlay2/1f…/merged/etc/x: no such file" becomes "lstat /etc/x: no such file". Paths that do
/// not lie in an engine's storage are left as they are.
std::string without_host_paths(std::string_view words);

}  // namespace docker
