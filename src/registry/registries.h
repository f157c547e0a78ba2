// Inspects an image in its registry, by the OCI distribution specification, without pulling it: manifest, platform,
// size, exposed ports.
//
// Owner: the service (service.cpp). Any thread may call find(); the answer comes on the net thread. A registry that the
// configuration names may have any address. For other registries, and for redirects and token services on other hosts,
// the address policy decides. Passwords are sent to the registry, and to the token service that it names if that uses
// TLS or the loopback interface. Whatever has a digest is checked against it.
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
#include "util/async.h"

namespace registry {

struct Options {
  std::vector<task::RegistryLogin> logins;
  std::set<std::string> trusted_hosts;  // registries that may have any address, beside those of the logins
  std::string os = "linux";             // of a multi-platform image, the manifest for this OS is chosen
  std::string architecture = "amd64";   // and for this architecture: both are those of the engines
};

class Registries {
 public:
  Registries(Options options, net::Client& client, std::shared_ptr<const net::AddressPolicy> policy);

  /// Errors: `not_found`; `forbidden` (the registry does not show us the image: it wants other credentials, or the
  /// image is not there); `unavailable` (the address policy forbids the address, no registry answered, or its answer
  /// does not follow the specification).
  void find(const task::ImageReference& image, util::Callback<executor::ImageFacts> done) const;

 private:
  const std::shared_ptr<const Options> options_;
  net::Client& client_;
  const std::shared_ptr<const net::AddressPolicy> policy_;
};

}  // namespace registry
