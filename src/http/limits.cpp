#include "http/limits.h"

#include <array>
#include <utility>

#include <arpa/inet.h>

namespace http {
namespace {

constexpr std::size_t counted_v6_bytes = 8;

std::string text_of(std::string raw) {
  const bool v6 = raw.size() == 16;
  if (v6) raw.replace(counted_v6_bytes, raw.size() - counted_v6_bytes, raw.size() - counted_v6_bytes, '\0');
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v6 ? AF_INET6 : AF_INET, raw.data(), text.data(), text.size());
  return std::string(text.data()) + (v6 ? "/64" : "");
}

}  // namespace

Limits::Limits(const LimitOptions& options, net::AddressBlocks exempt)
    : addresses_("per_address", options.per_address, options.most_known),
      owners_("per_owner", options.per_owner, options.most_known),
      exempt_(std::move(exempt)) {}

util::Result<std::unique_ptr<Limits>> Limits::create(const LimitOptions& options) {
  ASSIGN_OR_RETURN(auto exempt, net::AddressBlocks::create(options.exempt));
  return std::unique_ptr<Limits>(new Limits(options, std::move(exempt)));
}

std::optional<std::string> Limits::counted(std::string_view address) const {
  const auto parsed = net::parse_address(address);
  if (!parsed) return std::string("unknown");
  std::string raw = net::unmapped(*parsed);
  if (exempt_.contain_raw(raw)) return std::nullopt;
  return text_of(std::move(raw));
}

util::Result<Quota::Hold> Limits::connect(const std::optional<std::string>& address) {
  if (!address) return Quota::Hold();
  return addresses_.take(*address, Quota::Kind::connection);
}

util::Result<Quota::Hold> Limits::begin(const std::optional<std::string>& address, bool creates) {
  if (!address) return Quota::Hold();
  if (creates) RETURN_IF_ERROR(addresses_.create(*address));
  return addresses_.take(*address, Quota::Kind::request);
}

util::Result<Quota::Hold> Limits::admit(const std::optional<std::string>& address, const Identity& who, bool creates) {
  if (!address || who.anonymous()) return Quota::Hold();
  if (creates) RETURN_IF_ERROR(owners_.create(*who.user));
  return owners_.take(*who.user, Quota::Kind::request);
}

util::Result<Holds> Limits::upload(const std::optional<std::string>& address, const Identity& who) {
  Holds holds;
  if (!address) return holds;
  ASSIGN_OR_RETURN(holds.of_address, addresses_.take(*address, Quota::Kind::upload));
  if (who.anonymous()) return holds;
  ASSIGN_OR_RETURN(holds.of_owner, owners_.take(*who.user, Quota::Kind::upload));
  return holds;
}

}  // namespace http
