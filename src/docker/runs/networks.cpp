#include "docker/runs/networks.h"

#include <array>
#include <cstdint>

#include "docker/api/json.h"
#include "docker/api/labels.h"
#include "docker/facts.h"
#include "docker/firewall.h"
#include "net/url.h"
#include "util/text.h"

namespace docker {
namespace {

using data::Node;

constexpr std::string_view probe_suffix = "-probe";

constexpr std::string_view bridge_option = "com.docker.network.bridge.name";

Node bridge_config(const std::string& name, const std::string& installation, bool masquerade) {
  auto options = Node::object();
  options.set("com.docker.network.bridge.enable_icc", Node::string("false"));
  options.set("com.docker.network.bridge.enable_ip_masquerade", Node::string(masquerade ? "true" : "false"));
  options.set(std::string(bridge_option),
              Node::string(bridge_name(masquerade ? outbound_bridges : inbound_bridges, name)));
  auto own = Node::object();
  own.set(std::string(labels::installation), Node::string(installation));
  auto config = Node::object();
  config.set("Name", Node::string(name));
  config.set("CheckDuplicate", Node::boolean(true));
  config.set("Driver", Node::string("bridge"));
  config.set("Options", std::move(options));
  config.set("Labels", std::move(own));
  return config;
}

Request inspect_request(const std::string& name) {
  Request request;
  request.path = "/networks/" + util::percent_encode(name);
  return request;
}

Request create_request(Node config) {
  Request request;
  request.method = "POST";
  request.path = "/networks/create";
  request.body = std::move(config);
  return request;
}

Request removal_of(const std::string& name) {
  Request request;
  request.method = "DELETE";
  request.path = "/networks/" + util::percent_encode(name);
  return request;
}

const Node* first_subnet(const Node& network) {
  const auto* configs = json::at(network, {"IPAM", "Config"});
  return configs == nullptr || configs->items().empty() ? nullptr : &configs->items().front();
}

util::Error refused(const std::string& what, const Answer& answer) {
  return util::Error::of(util::ErrorCode::unsupported, what + ": " + answer.message());
}

}  // namespace

std::string last_address(const std::string& subnet) {
  const auto slash = subnet.find('/');
  const auto bits =
      slash == std::string::npos ? std::nullopt : util::parse_unsigned(std::string_view(subnet).substr(slash + 1));
  const auto bytes = util::split(std::string_view(subnet).substr(0, slash), '.');
  if (!bits || *bits == 0 || *bits > 29 || bytes.size() != 4) return {};
  std::uint32_t address = 0;
  for (const auto text : bytes) {
    const auto byte = util::parse_unsigned(text);
    if (!byte || *byte > 255) return {};
    address = address << 8U | static_cast<std::uint32_t>(*byte);
  }
  address = (address | (0xFFFFFFFFU >> *bits)) - 1;
  return std::to_string(address >> 24U) + "." + std::to_string(address >> 16U & 0xFFU) + "." +
         std::to_string(address >> 8U & 0xFFU) + "." + std::to_string(address & 0xFFU);
}

bool Networks::is_needed(const executor::RunSpec& spec) {
  return spec.network.kind == executor::Network::Kind::outbound ||
         (spec.network.kind == executor::Network::Kind::none && !spec.ports.empty());
}

bool Networks::is_sealed(const executor::RunSpec& spec, const Options& options) {
  return spec.network.kind == executor::Network::Kind::none && net::is_loopback(options.publish_address);
}

void Networks::ensure(const executor::RunSpec& spec, Done done) {
  const auto kind = spec.network.kind == executor::Network::Kind::outbound ? Kind::outbound
                    : is_sealed(spec, options_)                            ? Kind::sealed
                                                                           : Kind::inbound;
  auto& waiting = waiting_[kind];
  waiting.push_back(std::move(done));
  if (waiting.size() == 1) inspect(kind);
}

std::string Networks::name_of(Kind kind) const {
  static constexpr std::array<std::string_view, 3> suffixes{"outbound", "inbound-routed", "inbound"};
  return "duws-" + options_.installation + "-" + std::string(suffixes.at(static_cast<std::size_t>(kind)));
}

void Networks::inspect(Kind kind) {
  api_.call(inspect_request(name_of(kind)), [this, kind](util::Result<Answer> result) {
    if (!result.ok()) return finish(kind, std::move(result).error());
    if (result->status == 404) return create(kind);
    if (!result->ok()) return finish(kind, refused("the engine does not show its network", *result));
    const auto network = result->json();
    if (!network.ok()) return finish(kind, network.error());
    if (!labels::has(json::at(*network, {"Labels"}), labels::installation, options_.installation)) {
      return finish(kind, util::Error::of(util::ErrorCode::unsupported,
                                          "the engine has a network " + name_of(kind) + " that is not ours"));
    }
    if (json::at(*network, {"Options", bridge_option}) == nullptr) return renew(kind);
    finish(kind, {});
  });
}

/// The network was created by a version that gave bridges no name for the packet filter. It is created again, unless a
/// run is still attached to it.
void Networks::renew(Kind kind) {
  api_.call(removal_of(name_of(kind)), [this, kind](util::Result<Answer> removed) {
    if (!removed.ok()) return finish(kind, std::move(removed).error());
    removed->ok() || removed->status == 404 ? create(kind) : finish(kind, {});
  });
}

void Networks::create(Kind kind) {
  const bool is_probe = kind == Kind::sealed;
  const auto name = name_of(kind) + (is_probe ? std::string(probe_suffix) : "");
  api_.call(create_request(bridge_config(name, options_.installation, kind == Kind::outbound)),
            [this, kind, name, is_probe](util::Result<Answer> result) {
              if (!result.ok()) return finish(kind, std::move(result).error());
              if (!result->ok() && result->status != 409) {
                return finish(kind, refused("the engine makes no network", *result));
              }
              if (!is_probe) return finish(kind, {});
              api_.call(inspect_request(name), [this, kind](util::Result<Answer> probe) {
                if (!probe.ok()) return finish(kind, std::move(probe).error());
                const auto network = probe->json();
                if (!probe->ok() || !network.ok()) {
                  return finish(kind, refused("the engine does not show its network", *probe));
                }
                create_sealed(*network);
              });
            });
}

void Networks::create_sealed(const Node& probe) {
  const auto* chosen = first_subnet(probe);
  const auto subnet = chosen == nullptr ? std::string() : json::text(*chosen, {"Subnet"});
  const auto nobody = last_address(subnet);
  if (nobody.empty()) {
    return finish(Kind::sealed, util::Error::of(util::ErrorCode::unsupported,
                                                "the engine chose no IPv4 subnet for a network of ours"));
  }
  auto route = Node::object();
  route.set("DefaultGatewayIPv4", Node::string(nobody));
  auto pool = Node::object();
  pool.set("Subnet", Node::string(subnet));
  pool.set("AuxiliaryAddresses", std::move(route));
  auto pools = Node::array();
  pools.push(std::move(pool));
  auto ipam = Node::object();
  ipam.set("Config", std::move(pools));
  auto config = bridge_config(name_of(Kind::sealed), options_.installation, false);
  config.set("IPAM", std::move(ipam));

  api_.call(removal_of(name_of(Kind::sealed) + std::string(probe_suffix)),
            [this, config = std::move(config)](util::Result<Answer> removed) {
              if (!removed.ok()) return finish(Kind::sealed, std::move(removed).error());
              api_.call(create_request(config), [this](util::Result<Answer> result) {
                if (!result.ok()) return finish(Kind::sealed, std::move(result).error());
                if (result->ok() || result->status == 409) return finish(Kind::sealed, {});
                finish(Kind::sealed, refused("the engine makes no network", *result));
              });
            });
}

void Networks::finish(Kind kind, const util::Status& status) {
  auto waiting = std::exchange(waiting_[kind], {});
  for (const auto& done : waiting) {
    done(status.ok() ? util::Result<std::string>(name_of(kind)) : util::Result<std::string>(status.error()));
  }
}

}  // namespace docker
