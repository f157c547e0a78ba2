// Keeps runs from the machine that they run on: its own addresses, and link-local ones (metadata services of clouds).
//
// No option of the engines does that: the bridge of a run has an address of this machine, which the run may call. So
// bridges of ours have names that begin in known ways, and this machine's packet filter has rules for them. The service
// sets them where it may; config/firewall.sh, the same script, is for operators of services that may not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace docker {

inline constexpr std::string_view inbound_bridges = "duwsi-";
inline constexpr std::string_view outbound_bridges = "duwso-";

/// A name for a network interface, the same for the same `network`: at most 15 bytes.
std::string bridge_name(std::string_view bridges, std::string_view network);

/// What is run by /bin/sh: config/firewall.sh, as it was when this was built.
std::string_view firewall_script();

/// Sets the rules for the engine behind this unix socket. Absent: they hold; else why they were not set. Blocks for up
/// to some seconds: for a worker.
std::optional<std::string> set_firewall(const std::string& socket);

}  // namespace docker
