#include "docker/runs/run_network.h"

#include <memory>
#include <utility>

#include "docker/api/json.h"
#include "docker/api/labels.h"
#include "docker/differences.h"
#include "docker/firewall.h"
#include "docker/runs/networks.h"
#include "util/text.h"

namespace docker {
namespace {

using data::Node;

/// Uses Podman's own API, because only that API can switch off the name service of a network.
class NetworkCreation : public std::enable_shared_from_this<NetworkCreation> {
 public:
  using Done = util::Callback<std::string>;

  NetworkCreation(Api& api, executor::RunId run, bool sealed, Done done)
      : api_(api), run_(std::move(run)), sealed_(sealed), done_(std::move(done)) {}

  void begin() {
    create(config(), [](NetworkCreation& self, const Node& made) { sealed_next(self, made); });
  }

 private:
  using Next = void (*)(NetworkCreation&, const Node&);

  static void sealed_next(NetworkCreation& self, const Node& made) {
    self.sealed_ ? self.give_address(made) : self.finish();
  }

  Node config() const {
    auto options = Node::object();
    options.set("isolate", Node::string("true"));
    auto config = Node::object();
    config.set("name", Node::string(run_.name()));
    config.set("driver", Node::string("bridge"));
    config.set("network_interface",
               Node::string(bridge_name(sealed_ ? inbound_bridges : outbound_bridges, run_.name())));
    config.set("internal", Node::boolean(sealed_));
    config.set("dns_enabled", Node::boolean(false));
    config.set("options", std::move(options));
    config.set("labels", labels::of(run_));
    return config;
  }

  Request at(std::string method, const std::string& rest = "") const {
    Request request;
    request.method = std::move(method);
    request.path = "/networks/" + util::percent_encode(run_.name()) + rest;
    request.libpod = true;
    return request;
  }

  void call(Request request, std::function<void(NetworkCreation&, const Answer&)> next) {
    api_.call(std::move(request), [self = shared_from_this(), next = std::move(next)](util::Result<Answer> result) {
      if (!result.ok()) return self->done_(std::move(result).error());
      next(*self, *result);
    });
  }

  void create(Node config, Next next) {
    Request request;
    request.method = "POST";
    request.path = "/networks/create";
    request.libpod = true;
    request.body = std::move(config);
    call(std::move(request), [next](NetworkCreation& self, const Answer& answer) {
      if (name_is_taken(answer)) return self.inspect();
      const auto made = answer.json();
      if (!answer.ok() || !made.ok()) return self.refuse("the engine makes no network: " + answer.message());
      next(self, *made);
    });
  }

  /// For a network without a way out, the engine gives the bridge no address on this machine, so that its ports could
  /// not be reached. The network is created again in the subnet that the engine chose, with an address.
  void give_address(const Node& made) {
    const auto* subnets = json::at(made, {"subnets"});
    const auto subnet = subnets == nullptr || subnets->items().empty()
                            ? std::string()
                            : json::text(subnets->items().front(), {"subnet"});
    const auto address = first_address(subnet);
    if (address.empty()) return refuse("the engine chose no IPv4 subnet for a network of ours");
    auto pool = Node::object();
    pool.set("subnet", Node::string(subnet));
    pool.set("gateway", Node::string(address));
    auto pools = Node::array();
    pools.push(std::move(pool));
    auto again = config();
    again.set("subnets", std::move(pools));
    call(at("DELETE"), [again = std::move(again)](NetworkCreation& self, const Answer&) {
      self.create(again, [](NetworkCreation& making, const Node&) { making.finish(); });
    });
  }

  /// The network exists from an earlier attempt, and may be incomplete.
  void inspect() {
    call(at("GET", "/json"), [](NetworkCreation& self, const Answer& answer) {
      const auto network = answer.json();
      if (!answer.ok() || !network.ok()) {
        return self.refuse("the engine does not show its network: " + answer.message());
      }
      if (!labels::are_of(json::at(*network, {"labels"}), self.run_)) {
        return self.refuse("the engine has a network " + self.run_.name() + " that is not ours");
      }
      if (!self.sealed_ || has_address(*network)) return self.finish();
      self.give_address(*network);
    });
  }

  static bool has_address(const Node& network) {
    const auto* subnets = json::at(network, {"subnets"});
    return subnets != nullptr && !subnets->items().empty() &&
           !json::text(subnets->items().front(), {"gateway"}).empty();
  }

  void refuse(std::string why) { done_(util::Error::of(util::ErrorCode::unsupported, std::move(why))); }
  void finish() { done_(run_.name()); }

  Api& api_;
  const executor::RunId run_;
  const bool sealed_;
  const Done done_;
};

}  // namespace

std::string first_address(const std::string& subnet) {
  const auto slash = subnet.find('/');
  const auto dot = subnet.rfind('.');
  if (slash == std::string::npos || dot == std::string::npos || dot > slash || last_address(subnet).empty()) return {};
  const auto last = util::parse_unsigned(std::string_view(subnet).substr(dot + 1, slash - dot - 1));
  if (!last || *last > 254) return {};
  return subnet.substr(0, dot + 1) + std::to_string(*last + 1);
}

void make_run_network(Api& api, const Facts& facts, const Options& options, const executor::RunSpec& spec,
                      util::Callback<std::string> done) {
  const bool is_outbound = spec.network.kind == executor::Network::Kind::outbound;
  if (!is_outbound && facts.is_rootless) {
    return done(util::Error::of(util::ErrorCode::unsupported,
                                "this engine is rootless: there is no way to the ports of a run that has no way out; "
                                "it needs NETWORK outbound, or another engine"));
  }
  if (!is_outbound && !Networks::is_sealed(spec, options)) {
    return done(util::Error::of(util::ErrorCode::unsupported,
                                "this engine cannot publish ports on " + options.publish_address +
                                    " for a run that has no way out: it needs NETWORK outbound, or an engine that "
                                    "publishes on loopback"));
  }
  std::make_shared<NetworkCreation>(api, spec.id, !is_outbound, std::move(done))->begin();
}

}  // namespace docker
