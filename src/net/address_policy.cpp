#include "net/address_policy.h"

#include <algorithm>
#include <array>
#include <optional>

#include "net/url.h"
#include "util/text.h"

namespace net {
namespace {

/// A numeric address as raw bytes: 4 or 16 of them.
using Bytes = std::string;

struct Class {
  std::string_view prefix;
  unsigned bits;
  std::string_view name;
  std::string_view why;
};

// From RFC 6890 and its registry, with the addresses at which clouds serve credentials. The first match counts.
constexpr auto classes_v4 = std::to_array<Class>({
    {"0.0.0.0", 8, "unspecified", "it means this host"},
    {"10.0.0.0", 8, "private", "it belongs to an inner network"},
    {"100.64.0.0", 10, "shared", "it belongs to a provider's inner network"},
    {"127.0.0.0", 8, "loopback", "it means this host"},
    {"168.63.129.16", 32, "platform", "metadata services live there"},
    {"169.254.0.0", 16, "link-local", "metadata services live there"},
    {"172.16.0.0", 12, "private", "it belongs to an inner network"},
    {"192.0.0.0", 24, "protocol", "it is kept for protocols"},
    {"192.0.2.0", 24, "documentation", "it stands in examples only"},
    {"192.88.99.0", 24, "relay", "it leads through a 6to4 relay"},
    {"192.168.0.0", 16, "private", "it belongs to an inner network"},
    {"198.18.0.0", 15, "benchmarking", "it belongs to a test network"},
    {"198.51.100.0", 24, "documentation", "it stands in examples only"},
    {"203.0.113.0", 24, "documentation", "it stands in examples only"},
    {"224.0.0.0", 4, "multicast", "it is not one host"},
    {"255.255.255.255", 32, "broadcast", "it is not one host"},
    {"240.0.0.0", 4, "reserved", "nobody may use it"},
});

// An address that is outside of 2000::/3 and not listed here is reserved.
constexpr auto classes_v6 = std::to_array<Class>({
    {"::", 128, "unspecified", "it means this host"},
    {"::1", 128, "loopback", "it means this host"},
    {"64:ff9b:1::", 48, "translated", "it leads into a network's own translator"},
    {"100::", 64, "discard", "nothing answers there"},
    {"2001::", 23, "protocol", "it is kept for protocols"},
    {"2001:db8::", 32, "documentation", "it stands in examples only"},
    {"3fff::", 20, "documentation", "it stands in examples only"},
    {"fc00::", 7, "private", "it belongs to an inner network"},
    {"fe80::", 10, "link-local", "it belongs to one wire"},
    {"fec0::", 10, "site-local", "it belongs to an inner network"},
    {"ff00::", 8, "multicast", "it is not one host"},
});

bool in_block(const Bytes& address, std::string_view prefix, unsigned bits) {
  return shares_prefix(address, *parse_address(prefix), bits);
}

/// The IPv4 addresses to which NAT64, 6to4 or Teredo forward traffic for this IPv6 address.
std::vector<Bytes> embedded(const Bytes& address) {
  if (in_block(address, "64:ff9b::", 96)) return {address.substr(12)};
  if (in_block(address, "2002::", 16)) return {address.substr(2, 4)};
  if (in_block(address, "2001::", 32)) {
    Bytes client = address.substr(12);
    for (char& c : client) c = static_cast<char>(~c);
    return {address.substr(4, 4), client};
  }
  return {};
}

template <std::size_t count>
const Class* find_class(const std::array<Class, count>& classes, const Bytes& address) {
  const auto found = std::find_if(classes.begin(), classes.end(),
                                  [&](const Class& known) { return in_block(address, known.prefix, known.bits); });
  return found == classes.end() ? nullptr : &*found;
}

constexpr Class reserved_v6{"", 0, "reserved", "nobody may use it"};

/// The class for which this address is refused; null when the address is public.
const Class* refused_class(const Bytes& address) {
  if (address.size() == 4) return find_class(classes_v4, address);
  const auto inner = embedded(address);
  for (const Bytes& v4 : inner) {
    if (const Class* refused = find_class(classes_v4, v4)) return refused;
  }
  if (!inner.empty()) return nullptr;
  if (const Class* refused = find_class(classes_v6, address)) return refused;
  return in_block(address, "2000::", 3) ? nullptr : &reserved_v6;
}

util::Error refused_url(std::string reason, std::string accepted) {
  return util::Error::of(util::ErrorCode::forbidden, util::Fault{"", std::move(reason), std::move(accepted)});
}

}  // namespace

util::Result<AddressPolicy> AddressPolicy::create(const std::vector<std::string>& allowed) {
  AddressPolicy policy;
  ASSIGN_OR_RETURN(policy.allowed_, AddressBlocks::create(allowed));
  return policy;
}

util::Status AddressPolicy::check(std::string_view address) const {
  auto bytes = parse_address(address);
  if (!bytes) {
    return util::Error::of(util::ErrorCode::forbidden, "'" + util::for_display(address) + "' is not a numeric address");
  }
  *bytes = unmapped(*bytes);
  if (allowed_.contain_raw(*bytes)) return {};
  const Class* refused = refused_class(*bytes);
  if (refused == nullptr) return {};
  return util::Error::of(util::ErrorCode::forbidden, std::string(refused->name) + " address " + std::string(address) +
                                                         ": " + std::string(refused->why));
}

util::Status AddressPolicy::check_url(std::string_view url) const {
  ASSIGN_OR_RETURN(const Url parts, parse_url(url));
  if (!is_http(parts.scheme)) {
    return refused_url("scheme '" + util::for_display(parts.scheme) + "' is not fetched", "http and https");
  }
  if (parts.has_userinfo) return refused_url("the URL carries a user or a password", "a URL without user:password@");
  // A host name is only resolved while connecting; a numeric address can be refused now.
  if (parse_address(parts.host)) return check(parts.host);
  return {};
}

}  // namespace net
