// Logins of this service at image registries, from the configuration: for engines that pull images, and for the
// planner, which looks images up.
//
// Read at start-up, then constant; any thread may use them.
#pragma once

#include <string>
#include <vector>

#include "config/section.h"

namespace task {

struct RegistryLogin {
  std::string host;  // "registry.example.org:5000", "docker.io"
  std::string username;
  std::string password;
};

/// Reads the list `registries`. Each item has host, username and password_file, the path of a file that contains only
/// the password.
std::vector<RegistryLogin> take_logins(config::Reader& reader, config::Faults& faults);

}  // namespace task
