// Who asks, as a reverse proxy tells it that has checked a certificate or a single sign-on in front of us.
//
// The proxy's word counts from its own addresses only, as they stand at the other end of the connection; what a request
// says of forwarding has no say in it. From anywhere else the same header is refused with 403: ignored, whoever relies
// on it would work as somebody else, or as nobody, without a sign; and an address that is missing here would not show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/identity.h"
#include "net/address_block.h"
#include "util/result.h"

namespace identity {

struct ProxyOptions {
  std::string name = "proxy";          // stands before its users' and groups' names
  std::vector<std::string> addresses;  // or CIDR blocks
  std::string user_header;             // empty: there is no such proxy
  std::string groups_header;           // separated by commas; empty: none
  bool distinguished_names = false;    // the user's is an X.509 one
};

class Proxy {
 public:
  static util::Result<Proxy> create(ProxyOptions options);

  /// nullopt: the proxy says nothing of this request.
  util::Result<std::optional<http::Identity>> identity_of(const http::Asking& asking) const;

 private:
  util::Result<std::string> name_in(std::string_view value) const;
  std::vector<std::string> groups_in(const http::Headers& headers) const;

  ProxyOptions options_;
  net::AddressBlocks addresses_;
};

}  // namespace identity
