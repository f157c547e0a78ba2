#include "identity/proxy.h"

#include <utility>

#include "identity/distinguished_name.h"
#include "identity/names.h"
#include "identity/refusal.h"
#include "util/text.h"

namespace identity {

util::Result<Proxy> Proxy::create(ProxyOptions options) {
  Proxy proxy;
  ASSIGN_OR_RETURN(proxy.addresses_, net::AddressBlocks::create(options.addresses));
  proxy.options_ = std::move(options);
  return proxy;
}

util::Result<std::optional<http::Identity>> Proxy::identity_of(const http::RequestCredentials& asking) const {
  for (const std::string& header : {options_.user_header, options_.groups_header}) {
    if (header.empty() || !asking.headers.get(header) || addresses_.contain(asking.peer_address)) continue;
    return util::Error::of(util::ErrorCode::forbidden,
                           util::Fault{header, "is only for the proxy that tells who asks, and you are not it",
                                       "a request without it, or through the proxy"});
  }
  const auto values = asking.headers.all(options_.user_header);
  if (values.size() > 1) {
    return util::Error::of(util::ErrorCode::invalid_argument,
                           util::Fault{options_.user_header, "is given twice", "one field, which the proxy sets"});
  }
  if (values.empty() || util::trim(values.front()).empty()) return std::optional<http::Identity>();
  ASSIGN_OR_RETURN(std::string user, name_in(util::trim(values.front())));
  return std::optional(http::Identity{std::move(user), groups_in(asking.headers)});
}

util::Result<std::string> Proxy::name_in(std::string_view value) const {
  std::string raw(value);
  if (options_.distinguished_names) {
    auto name = normalise_distinguished_name(value);
    if (!name.ok()) {
      util::Fault fault = name.error().faults.front();
      fault.input = options_.user_header;
      return util::Error::of(util::ErrorCode::unauthenticated, std::move(fault));
    }
    raw = *std::move(name);
  }
  if (auto name = outside_name(options_.name, raw)) return *std::move(name);
  return util::Error::of(util::ErrorCode::unauthenticated,
                         util::Fault{options_.user_header, "holds a name that is too long",
                                     "at most " + std::to_string(longest_outside_name) + " bytes"});
}

std::vector<std::string> Proxy::groups_in(const http::Headers& headers) const {
  std::vector<std::string> groups;
  if (options_.groups_header.empty()) return groups;
  for (const std::string_view value : headers.all(options_.groups_header)) {
    for (const std::string_view piece : util::split(value, ',')) {
      if (groups.size() == most_groups) return groups;
      if (auto group = outside_name(options_.name, util::trim(piece))) groups.push_back(*std::move(group));
    }
  }
  return groups;
}

}  // namespace identity
