// Which addresses this service may connect to on behalf of a client. The policy is checked against the address that is
// really connected to, so that neither a changed DNS answer nor a redirect can bypass it. Immutable; any thread may
// call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/address_block.h"
#include "util/result.h"

namespace net {

class AddressPolicy {
 public:
  /// By default only public unicast addresses may be reached: no loopback, private, link-local (metadata services),
  /// shared, multicast or reserved addresses of IPv4 or IPv6, nor their mapped and translated forms. `allowed`: CIDR
  /// blocks or single addresses that the operator permits in addition. An IPv4 block also permits the mapped form
  /// (::ffff:a.b.c.d), but not NAT64, 6to4 and Teredo.
  static util::Result<AddressPolicy> create(const std::vector<std::string>& allowed);

  /// `address`: a numeric address. `forbidden` with the reason when the policy does not permit it: "link-local address
  /// 169.254.169.254: metadata services live there".
  util::Status check(std::string_view address) const;

  /// Permits http and https URLs without user:password. A host that is a numeric address is checked as in check(). Any
  /// other URL is `invalid_argument` or `forbidden`.
  util::Status check_url(std::string_view url) const;

 private:
  AddressBlocks allowed_;
};

}  // namespace net
