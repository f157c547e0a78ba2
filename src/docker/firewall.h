// Keeps runs from reaching the machine on which they run: its own addresses, and link-local addresses (such as metadata
// services of clouds).
//
// The engines have no option for that: the bridge of a run has an address of this machine, which the run can reach. So
// bridges of this service have names with known prefixes, and the packet filter of this machine has rules for them. The
// service sets the rules if it has the rights; otherwise the operator can run the same script, config/firewall.sh.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace docker {

inline constexpr std::string_view inbound_bridges = "duwsi-";
inline constexpr std::string_view outbound_bridges = "duwso-";

/// A name for the bridge interface of `network`, always the same for the same network; at most 15 bytes.
std::string bridge_name(std::string_view bridges, std::string_view network);

/// The script for /bin/sh: the content of config/firewall.sh at build time.
std::string_view firewall_script();

/// Sets the rules for the engine behind this unix socket. Returns why they were not set; nullopt: they are set. Blocks
/// for up to some seconds, so it must be called on a worker.
std::optional<std::string> set_firewall(const std::string& socket);

}  // namespace docker
