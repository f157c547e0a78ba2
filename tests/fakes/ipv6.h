// Says whether this machine has an IPv6 loopback address. Containers and network namespaces often have none.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <unistd.h>

namespace fakes {

inline bool has_ipv6_loopback() {
  const int probe = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool is_bound = ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return is_bound;
}

}  // namespace fakes
