// Identifies the caller by the headers of a reverse proxy, which has checked a certificate or a single sign-on.
//
// The headers count only when the connection comes from an address of the proxy. Forwarding headers such as Forwarded
// are not considered. From any other address a request with these headers is refused with 403. If they were ignored
// instead, their sender would work as another user or anonymously without noticing it, and the operator would not
// notice that an address of the proxy is missing in the configuration.
//
// Owner: the authenticator. Computes only; any thread may call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/identity.h"
#include "net/address_block.h"
#include "util/result.h"

namespace identity {

struct ProxyOptions {
  std::string name = "proxy";          // prefix of the names of its users and groups
  std::vector<std::string> addresses;  // IP addresses or CIDR blocks
  std::string user_header;             // empty: there is no such proxy
  std::string groups_header;           // its value is separated by commas; empty: users have no groups
  bool distinguished_names = false;    // the user header holds an X.509 distinguished name
};

class Proxy {
 public:
  static util::Result<Proxy> create(ProxyOptions options);

  /// nullopt: the user header is missing or empty. Fails with forbidden when another sender than the proxy set a
  /// header, with invalid_argument for a repeated user header, and with unauthenticated for an unusable name.
  util::Result<std::optional<http::Identity>> identity_of(const http::RequestCredentials& asking) const;

 private:
  util::Result<std::string> name_in(std::string_view value) const;
  std::vector<std::string> groups_in(const http::Headers& headers) const;

  ProxyOptions options_;
  net::AddressBlocks addresses_;
};

}  // namespace identity
