// Who we are at a registry, as the operator has written it: of engines that pull, and of a planner that looks.
//
// Read at start-up, then constant; any thread.
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

/// Takes the list `registries`, each item with host, username and password_file, a file that holds nothing else.
std::vector<RegistryLogin> take_logins(config::Reader& reader, config::Faults& faults);

}  // namespace task
