// Looks at an image in its registry, as the OCI distribution specification has it, without pulling it: manifest,
// platform, size, exposed ports.
//
// Owner: main. Any thread may ask; the answer comes on the net thread. A registry whose name the operator has written
// down is reached wherever it is; of others, and of where any of them leads, the address policy decides. Passwords go
// to the registry, and to where it says that tokens are had, if that speaks TLS. What is fetched is checked against its
// digest.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "executor/engine.h"
#include "net/address_policy.h"
#include "net/client.h"
#include "task/image_reference.h"
#include "task/registry_login.h"

namespace registry {

struct Options {
  std::vector<task::RegistryLogin> logins;
  std::set<std::string> trusted_hosts;  // beside those of the logins
  std::string os = "linux";             // of the engines: what is chosen from an image of several platforms
  std::string architecture = "amd64";
};

class Registries {
 public:
  Registries(Options options, net::Client& client, std::shared_ptr<const net::AddressPolicy> policy);

  /// Errors: not_found; forbidden (other credentials are wanted); unavailable (the address may not be reached, no
  /// registry answered, or none that keeps to the specification).
  void find(const task::ImageReference& image, executor::Callback<executor::ImageFacts> done) const;

 private:
  const std::shared_ptr<const Options> options_;
  net::Client& client_;
  const std::shared_ptr<const net::AddressPolicy> policy_;
};

}  // namespace registry
