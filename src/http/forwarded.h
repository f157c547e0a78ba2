// Who the client is and what it addressed, when proxies stand between (RFC 7239 and the X-Forwarded- fields).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "net/address_block.h"
#include "util/result.h"

namespace http {

/// Scheme and authority in one spelling: lower case, without the scheme's own port. Empty for what is no absolute URL.
std::string canonical_origin(std::string_view url);

/// An absolute http(s) URL of a host, perhaps with a path, and nothing behind it.
bool is_base_url(std::string_view url);

class Forwarding {
 public:
  /// Addresses or CIDR blocks; origins as "https://uws.example.org", perhaps with a path.
  static util::Result<Forwarding> create(const std::vector<std::string>& trusted_proxies,
                                         const std::vector<std::string>& public_urls);

  struct Addressed {
    std::string peer_address;
    std::string base_url;
  };
  /// `peer` is the address at the other end of the connection; `authority` is Host, or `local` where none was sent.
  Addressed resolve(std::string_view peer, std::string_view authority, const Headers& headers) const;

  bool trusts(std::string_view address) const { return trusted_.contain(address); }

 private:
  std::string choose_url(std::string url) const;

  net::AddressBlocks trusted_;
  std::vector<std::string> public_urls_;
};

}  // namespace http
