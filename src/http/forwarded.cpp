#include "http/forwarded.h"

#include <algorithm>
#include <utility>

#include "http/media_type.h"
#include "util/text.h"

namespace http {
namespace {

/// What one proxy says about the request that it received.
struct Hop {
  std::string address;  // of the sender of that request
  std::string scheme;
  std::string host;
  std::string prefix;
};

/// The address of "[::1]:80", "10.0.0.1:80", "10.0.0.1" or "::1".
std::string_view without_port(std::string_view node) {
  if (node.starts_with('[')) return node.substr(1, std::min(node.find(']'), node.size()) - 1);
  const auto colon = node.find(':');
  return node.rfind(':') == colon ? node.substr(0, colon) : node;
}

std::vector<std::string> list_of(const Headers& headers, std::string_view name) {
  std::vector<std::string> values;
  for (const std::string_view field : headers.all(name)) {
    for (const std::string_view piece : util::split(field, ',')) {
      if (const std::string_view value = util::trim(piece); !value.empty()) values.emplace_back(value);
    }
  }
  return values;
}

std::vector<Hop> standard_hops(const Headers& headers) {
  std::vector<Hop> hops;
  for (const std::string& element : list_of(headers, "Forwarded")) {
    const auto pairs = parse_parameterized("hop; " + element);
    if (!pairs) return {};
    const auto get = [&](std::string_view name) {
      const std::string* value = pairs->parameter(name);
      return value == nullptr ? std::string() : *value;
    };
    hops.push_back({std::string(without_port(get("for"))), get("proto"), get("host"), {}});
  }
  return hops;
}

/// The entry of a list for the hop at that distance from the right end; the first entry when the list is shorter.
std::string entry_of(const std::vector<std::string>& list, std::size_t from_right) {
  if (list.empty()) return {};
  return list[list.size() - std::min(from_right + 1, list.size())];
}

std::vector<Hop> customary_hops(const Headers& headers) {
  const auto addresses = list_of(headers, "X-Forwarded-For");
  const auto schemes = list_of(headers, "X-Forwarded-Proto");
  const auto hosts = list_of(headers, "X-Forwarded-Host");
  const auto prefixes = list_of(headers, "X-Forwarded-Prefix");
  const std::size_t count = std::max({addresses.size(), schemes.size(), hosts.size(), prefixes.size()});
  std::vector<Hop> hops(count);
  for (std::size_t i = 0; i < count; ++i) {
    Hop& hop = hops[count - 1 - i];
    if (i < addresses.size()) hop.address = without_port(addresses[addresses.size() - 1 - i]);
    hop.scheme = entry_of(schemes, i);
    hop.host = entry_of(hosts, i);
    hop.prefix = entry_of(prefixes, i);
  }
  return hops;
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 300 && std::all_of(text.begin(), text.end(), [](char c) {
    return util::is_alnum(c) || std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
}

bool is_prefix(std::string_view text) {
  return text.size() > 1 && text.size() <= 256 && text.front() == '/' && text.find("//") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return util::is_alnum(c) || std::string_view("/.-_~").find(c) != std::string_view::npos;
         });
}

}  // namespace

std::string canonical_origin(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  std::string origin = util::to_lower(url.substr(0, url.find('/', scheme_end + 3)));
  const std::string_view own_port = origin.starts_with("https") ? ":443" : ":80";
  if (origin.ends_with(own_port)) origin.resize(origin.size() - own_port.size());
  return origin;
}

bool is_base_url(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const std::string_view scheme = url.substr(0, scheme_end);
  const std::string_view rest = url.substr(scheme_end + 3);
  const auto path = std::min(rest.find('/'), rest.size());
  return (scheme == "http" || scheme == "https") && is_host(rest.substr(0, path)) &&
         (path == rest.size() || is_prefix(rest.substr(path)));
}

util::Result<Forwarding> Forwarding::create(const std::vector<std::string>& trusted_proxies,
                                            const std::vector<std::string>& public_urls) {
  Forwarding result;
  ASSIGN_OR_RETURN(result.trusted_, net::AddressBlocks::create(trusted_proxies));
  for (std::string url : public_urls) {
    while (url.ends_with('/')) url.pop_back();
    if (!is_base_url(url)) {
      return util::Error::of(util::ErrorCode::invalid_argument,
                             util::Fault{"public URL '" + util::for_display(url) + "'",
                                         "is not an absolute http(s) URL", "for example https://uws.example.org"});
    }
    result.public_urls_.push_back(std::move(url));
  }
  return result;
}

std::string Forwarding::choose_url(std::string url) const {
  if (public_urls_.empty()) return url;
  for (const std::string& known : public_urls_) {
    if (known == url) return url;
  }
  const std::string origin = canonical_origin(url);
  for (const std::string& known : public_urls_) {
    if (canonical_origin(known) == origin) return known;
  }
  return public_urls_.front();
}

Forwarding::Addresses Forwarding::resolve(std::string_view peer, std::string_view authority,
                                          const Headers& headers) const {
  std::string client(peer);
  std::string scheme = "http";
  std::string host(authority);
  std::string prefix;
  if (trusts(peer)) {
    const auto hops = headers.get("Forwarded") ? standard_hops(headers) : customary_hops(headers);
    // From the nearest proxy outwards, as long as the proxy that added the entry is trusted. Entries of others may be
    // forged.
    for (auto hop = hops.rbegin(); hop != hops.rend() && trusts(client); ++hop) {
      const std::string said_scheme = util::to_lower(hop->scheme);
      if (said_scheme == "http" || said_scheme == "https") scheme = said_scheme;
      if (is_host(hop->host)) host = hop->host;
      if (is_prefix(hop->prefix)) prefix = hop->prefix;
      if (!net::parse_address(hop->address)) break;
      client = hop->address;
    }
  }
  while (prefix.ends_with('/')) prefix.pop_back();
  return {client, choose_url(scheme + "://" + host + prefix)};
}

}  // namespace http
