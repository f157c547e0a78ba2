// How much one client may take of the service: by the address that it comes from, and by who it is.
//
// Owner: the site. Any thread. An address behind a trusted proxy is the forwarded one; of IPv6 its /64 counts, which is
// what one customer has.
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
  /// Who comes from these is not limited, neither by address nor by name.
  std::vector<std::string> exempt{"127.0.0.0/8", "::1"};
  std::size_t most_known = 100'000;  // addresses, and owners, that are remembered
};

/// What one request, or its upload, holds.
struct Holds {
  Quota::Hold of_address;
  Quota::Hold of_owner;
};

class Limits {
 public:
  static util::Result<std::unique_ptr<Limits>> create(const LimitOptions& options);

  /// The name under which an address is counted; nullopt: it is not.
  std::optional<std::string> counted(std::string_view address) const;

  /// For a new connection.
  util::Result<Quota::Hold> connect(const std::optional<std::string>& address);
  /// For a request, before it is asked who it is.
  util::Result<Quota::Hold> begin(const std::optional<std::string>& address, bool creates);
  /// When it is known who it is.
  util::Result<Quota::Hold> admit(const std::optional<std::string>& address, const Identity& who, bool creates);
  util::Result<Holds> upload(const std::optional<std::string>& address, const Identity& who);

 private:
  Limits(const LimitOptions& options, net::AddressBlocks exempt);

  Quota addresses_;
  Quota owners_;
  const net::AddressBlocks exempt_;
};

}  // namespace http
