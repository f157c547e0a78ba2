// The bridges that runs are attached to, made when the first run needs them. On the loop's thread.
//
// A run with ports and no network gets a bridge that others can only come in by: containers do not see one another, and
// have no way out. Where ports are published on loopback the way out is really missing: the default route leads to an
// address where nobody is. Elsewhere answers need that route; there packets go out untranslated, and nothing comes
// back. What remains, the bridge's own address on this machine, is closed by firewall.h, which knows bridges by their
// names.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "docker/api.h"
#include "docker/engine.h"
#include "executor/engine.h"

namespace docker {

class Networks {
 public:
  /// The network's name, or why there is none: an Error, `unavailable` when the engine did not answer.
  using Done = std::function<void(util::Result<std::string>)>;

  Networks(Api& api, const Options& options) : api_(api), options_(options) {}

  /// Is there anything to be made for such a run?
  static bool is_needed(const executor::RunSpec& spec);
  void ensure(const executor::RunSpec& spec, Done done);

  static bool is_sealed(const executor::RunSpec& spec, const Options& options);

 private:
  enum class Kind { outbound, inbound, sealed };
  std::string name_of(Kind kind) const;
  void look(Kind kind);
  void renew(Kind kind);
  void create(Kind kind);
  /// Takes a subnet of the engine's own choice, with a gateway that is not there.
  void create_sealed(const data::Node& probe);
  void finish(Kind kind, const util::Status& status);

  Api& api_;
  const Options& options_;
  std::map<Kind, std::vector<Done>> waiting_;
};

/// The subnet's last address but broadcast: "172.18.255.254" of "172.18.0.0/16"; empty for what is no IPv4 subnet.
std::string last_address(const std::string& subnet);

}  // namespace docker
