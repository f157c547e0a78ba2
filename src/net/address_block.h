// Numeric addresses and blocks of them (CIDR), as operators write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace net {

/// Raw bytes: 4 or 16. An IPv6 zone is dropped.
std::optional<std::string> parse_address(std::string_view text);
/// IPv4 in the form of IPv6 (::ffff:a.b.c.d) becomes IPv4.
std::string unmapped(const std::string& raw);
bool shares_prefix(const std::string& raw, const std::string& prefix, unsigned bits);

struct AddressBlock {
  std::string prefix;  // raw
  unsigned bits = 0;

  /// "10.0.0.0/8", "192.0.2.7", "fd00:1::/64"; mapped ones are taken as IPv4.
  static util::Result<AddressBlock> parse(std::string_view text);
  bool contains(const std::string& raw) const { return shares_prefix(raw, prefix, bits); }
};

class AddressBlocks {
 public:
  static util::Result<AddressBlocks> create(const std::vector<std::string>& texts);

  bool empty() const { return blocks_.empty(); }
  /// False for what is not numeric.
  bool contain(std::string_view address) const;
  bool contain_raw(const std::string& raw) const;

 private:
  std::vector<AddressBlock> blocks_;
};

}  // namespace net
