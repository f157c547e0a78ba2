// The bridge networks to which runs are attached; each is created when the first run needs it. Owned by the engine, and
// used on the loop's thread.
//
// A run with ports and no network gets a bridge for inbound connections only: its containers do not see one another and
// have no way out. If ports are published on loopback, the default route leads to an address that nobody has (a sealed
// network). Otherwise replies need the default route; packets to the outside then leave without address translation, so
// that no answer comes back. The bridge's own address on this machine is blocked by firewall.h, which recognises
// bridges by their names.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "docker/api/api.h"
#include "docker/engine.h"
#include "executor/engine.h"
#include "util/async.h"

namespace docker {

class Networks {
 public:
  /// Gets the name of the network, or an Error that says why there is none; `unavailable` if the engine did not answer.
  using Done = util::Callback<std::string>;

  Networks(Api& api, const Options& options) : api_(api), options_(options) {}

  /// True if such a run needs a bridge.
  static bool is_needed(const executor::RunSpec& spec);
  void ensure(const executor::RunSpec& spec, Done done);

  static bool is_sealed(const executor::RunSpec& spec, const Options& options);

 private:
  enum class Kind { outbound, inbound, sealed };
  std::string name_of(Kind kind) const;
  void inspect(Kind kind);
  void renew(Kind kind);
  void create(Kind kind);
  /// Creates the sealed network in the subnet that the engine chose for `probe`, with a gateway that does not exist.
  void create_sealed(const data::Node& probe);
  void finish(Kind kind, const util::Status& status);

  Api& api_;
  const Options& options_;
  std::map<Kind, std::vector<Done>> waiting_;
};

/// The last address of the subnet before the broadcast address: "172.18.255.254" for "172.18.0.0/16"; empty if the text
/// is no IPv4 subnet.
std::string last_address(const std::string& subnet);

}  // namespace docker
