// Which addresses we connect to on somebody else's behalf. Checked against the address that is really connected, so
// that neither a name's second answer nor a redirect gets around it.
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
  /// shared, multicast or reserved ones, of IPv4 or IPv6, nor their mapped and translated forms. `allowed` are CIDR
  /// blocks or single addresses that may be reached all the same, as the operator configured; an IPv4 block counts for
  /// the mapped form (::ffff:a.b.c.d) too, but not for NAT64, 6to4 and Teredo.
  static util::Result<AddressPolicy> create(const std::vector<std::string>& allowed);

  /// `address` is numeric. `forbidden` with the reason when it may not be connected:
  /// "link-local address 169.254.169.254: metadata services live there".
  util::Status check(std::string_view address) const;

  /// Schemes: http and https only; no user:password in it; a host that is a number is checked as an address.
  /// `invalid_argument` or `forbidden` otherwise.
  util::Status check_url(std::string_view url) const;

 private:
  AddressBlocks allowed_;
};

}  // namespace net
