// Finds the client's address and the URL that it used, when proxies forward the request (RFC 7239 and the X-Forwarded-
// fields). Immutable; any thread may call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "net/address_block.h"
#include "util/result.h"

namespace http {

/// Scheme and authority in lower case, without the scheme's default port; empty when `url` is not absolute.
std::string canonical_origin(std::string_view url);

/// True for an absolute http(s) URL with a host and perhaps a path, but nothing else.
bool is_base_url(std::string_view url);

class Forwarding {
 public:
  /// `trusted_proxies`: addresses or CIDR blocks. `public_urls`: "https://uws.example.org", perhaps with a path.
  static util::Result<Forwarding> create(const std::vector<std::string>& trusted_proxies,
                                         const std::vector<std::string>& public_urls);

  struct Addresses {
    std::string peer_address;
    std::string base_url;
  };
  /// `peer`: the address at the other end of the connection. `authority`: the Host field or, without one, the server's
  /// own address and port.
  Addresses resolve(std::string_view peer, std::string_view authority, const Headers& headers) const;

  bool trusts(std::string_view address) const { return trusted_.contain(address); }

 private:
  std::string choose_url(std::string url) const;

  net::AddressBlocks trusted_;
  std::vector<std::string> public_urls_;
};

}  // namespace http
