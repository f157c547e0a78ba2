// Numeric IP addresses and CIDR blocks, as operators write them. Any thread may call.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace net {

/// The address as 4 or 16 raw bytes in network order, without an IPv6 zone; nullopt: the text is not a numeric address.
std::optional<std::string> parse_address(std::string_view text);
/// Turns an IPv4-mapped IPv6 address (::ffff:a.b.c.d) into IPv4; other addresses stay as they are.
std::string unmapped(const std::string& raw);
bool shares_prefix(const std::string& raw, const std::string& prefix, unsigned bits);

struct AddressBlock {
  std::string prefix;  // raw bytes
  unsigned bits = 0;

  /// Reads "10.0.0.0/8", "192.0.2.7", "fd00:1::/64". A block of IPv4-mapped addresses becomes one of IPv4.
  static util::Result<AddressBlock> parse(std::string_view text);
  bool contains(const std::string& raw) const { return shares_prefix(raw, prefix, bits); }
};

class AddressBlocks {
 public:
  static util::Result<AddressBlocks> create(const std::vector<std::string>& texts);

  bool empty() const { return blocks_.empty(); }
  /// False also when `address` is not a numeric address.
  bool contain(std::string_view address) const;
  bool contain_raw(const std::string& raw) const;

 private:
  std::vector<AddressBlock> blocks_;
};

}  // namespace net
