// What an engine says of its own folders is nobody's business but the operator's: messages to owners of jobs name files
// as the container sees them, or not at all.
#pragma once

#include <string>
#include <string_view>

namespace docker {

/// "lstat /var/lib/docker/overlay2/1f…/merged/etc/x: no such file" becomes "lstat /etc/x: no such file". Paths that do
/// not lie in an engine's storage are left as they are.
std::string without_host_paths(std::string_view words);

}  // namespace docker
