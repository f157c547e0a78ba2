// Implements executor::Engine for Docker and Podman, through the REST API on the engine's unix socket.
//
// Its state of a run belongs to the loop's thread and may be lost at any time: inspect() asks the engine, and the
// labels on containers, volumes and networks carry what is needed after a restart. Only the reason why a run could not
// be started is kept here, until release(). Callbacks of the HTTP client come on the net thread and post to the loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/section.h"
#include "executor/configured_engine.h"
#include "executor/engine.h"
#include "net/client.h"
#include "task/registry_login.h"
#include "util/event_loop.h"

namespace docker {

/// When an image is pulled from its registry: if the engine does not have it; before each run (if that pull fails, the
/// image that the engine has is used); or never. An image with a digest never changes, so `always` pulls it only if the
/// engine does not have it.
enum class PullPolicy { missing, always, never };

/// User and group ids. The image's /etc/passwd need not contain them.
struct UserIds {
  std::uint32_t uid = 10000;
  std::uint32_t gid = 10000;
  bool operator==(const UserIds&) const = default;
};

struct Options {
  std::string name;
  std::string socket;        // path of the unix socket: "/var/run/docker.sock"
  std::string installation;  // from the database, not from the configuration file
  /// The numeric address of this machine on which ports are published.
  std::string publish_address = "127.0.0.1";
  /// The user for images whose own user is root.
  UserIds run_as;
  PullPolicy pull = PullPolicy::missing;
  /// Whether to set packet filter rules that keep runs from reaching this machine; see firewall.h.
  bool sets_firewall = false;
  /// The path on this machine of the engine's images, containers and volumes; empty: as the engine reports.
  std::string data_root;
  std::vector<task::RegistryLogin> registries;
  /// A run that takes longer to be prepared and started no longer keeps others waiting (docker/turns.h).
  std::chrono::milliseconds longest_turn{3000};
};

/// Reads one item of `engines`: socket, publish_address, run_as, data_root, pull, firewall, registries.
Options read_options(const config::Section& section, const std::vector<std::string>& other_keys,
                     config::Faults& faults);
/// The same, as an engine of the kinds "docker" and "podman". Which of both it is, the engine itself tells.
std::shared_ptr<const executor::ConfiguredEngine> read_engine(const config::Section& section,
                                                              const std::vector<std::string>& other_keys,
                                                              config::Faults& faults);

/// `client` and `loop` must outlive the engine, and the client's thread must stop before the loop is destroyed. The
/// engine is used and destroyed on the loop's thread, or while the loop does not run.
std::unique_ptr<executor::Engine> make_engine(Options options, net::Client& client, util::EventLoop& loop);

}  // namespace docker
