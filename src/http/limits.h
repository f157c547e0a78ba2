// How much of the service one client may use, counted by address and by user.
//
// Owner: the site. Any thread may call. The address is the one that trusted proxies forward. IPv6 addresses are counted
// by their /64, as one customer usually has a whole /64.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/quota.h"
#include "net/address_block.h"
#include "util/result.h"

namespace http {

struct LimitOptions {
  Share per_address;
  Share per_owner;
  /// Clients with these addresses are not limited, neither by address nor by user.
  std::vector<std::string> exempt{"127.0.0.0/8", "::1"};
  std::size_t most_known = 100'000;  // the size of the table of addresses, and of that of users
};

/// What one request, or its upload, holds of both limits.
struct Holds {
  Quota::Hold of_address;
  Quota::Hold of_owner;
};

class Limits {
 public:
  static util::Result<std::unique_ptr<Limits>> create(const LimitOptions& options);

  /// The key under which an address is counted; nullopt: the address is exempt.
  std::optional<std::string> counted(std::string_view address) const;

  /// For a new connection.
  util::Result<Quota::Hold> connect(const std::optional<std::string>& address);
  /// For a request, before its caller is authenticated.
  util::Result<Quota::Hold> begin(const std::optional<std::string>& address, bool creates);
  /// For a request, once its caller is known.
  util::Result<Quota::Hold> admit(const std::optional<std::string>& address, const Identity& who, bool creates);
  util::Result<Holds> upload(const std::optional<std::string>& address, const Identity& who);

 private:
  Limits(const LimitOptions& options, net::AddressBlocks exempt);

  Quota addresses_;
  Quota owners_;
  const net::AddressBlocks exempt_;
};

}  // namespace http
