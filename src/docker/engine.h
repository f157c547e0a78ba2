// The engine for Docker, through the REST API on its unix socket.
//
// All that it remembers of a run lives on the loop's thread and may be lost at any time: inspect() asks the engine, and
// the labels on what we make carry what a restart needs to know. Only why something could not be started at all is
// remembered, until release(). It has no thread of its own; net's callbacks post to the loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/section.h"
#include "executor/engine.h"
#include "net/client.h"
#include "task/registry_login.h"
#include "util/event_loop.h"

namespace docker {

/// When an image is asked for at its registry: when it is not here, before each run (what is here is used where that
/// fails), or never. What a digest names never changes, and is asked for only when it is not here.
enum class PullPolicy { missing, always, never };

/// Numbers that an image's /etc/passwd need not know.
struct UserIds {
  std::uint32_t uid = 10000;
  std::uint32_t gid = 10000;
  bool operator==(const UserIds&) const = default;
};

struct Options {
  std::string name;
  std::string socket;        // its path: "/var/run/docker.sock"
  std::string installation;  // not from the file: the store knows it
  /// A numeric address of this machine that ports are published on.
  std::string publish_address = "127.0.0.1";
  /// For images whose own user is root.
  UserIds run_as;
  PullPolicy pull = PullPolicy::missing;
  /// Set rules on this machine that keep runs from it; see firewall.h.
  bool sets_firewall = false;
  /// The folder of its images, containers and volumes, as this machine sees it; empty: as the engine tells.
  std::string data_root;
  std::vector<task::RegistryLogin> registries;
};

/// Reads one item of `engines`: name, socket, publish_address, run_as, pull, firewall, registries. The keys that the
/// executor reads itself (executor/options.h) are known, and left to it.
Options read_options(const config::Section& section, config::Faults& faults);

/// Client and loop outlive the engine, the client's thread is stopped before the loop goes. The engine is used, and
/// destroyed, on the loop's thread, or while the loop does not run.
std::unique_ptr<executor::Engine> make_engine(Options options, net::Client& client, util::EventLoop& loop);

}  // namespace docker
