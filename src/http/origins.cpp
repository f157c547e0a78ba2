#include "http/origins.h"

#include <algorithm>

#include "http/forwarded.h"
#include "http/media_type.h"
#include "net/address_block.h"
#include "net/url.h"
#include "util/text.h"

namespace http {
namespace {

constexpr const char* exposed =
    "Accept-Ranges, Allow, Content-Disposition, Content-Range, Digest, ETag, Link, Location, Retry-After, "
    "WWW-Authenticate, Warning, X-Request-Id, X-VO-Authenticated";
constexpr const char* accepted =
    "Accept, Authorization, Cache-Control, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, "
    "Last-Event-ID, Range, traceparent, tracestate, X-CSRFToken, X-Requested-With";
constexpr std::size_t most_asked_fields = 64;
constexpr std::size_t longest_field = 64;
constexpr const char* remembered_seconds = "600";

bool changes(Method method) { return method == Method::post || method == Method::put || method == Method::delete_; }

/// The host of an origin; for "https://[::1]:8443" it is "::1".
std::string_view host_of(std::string_view origin) {
  std::string_view host = origin.substr(std::min(origin.find("://") + 3, origin.size()));
  if (host.starts_with('[')) return host.substr(1, std::min(host.find(']'), host.size()) - 1);
  return host.substr(0, host.find(':'));
}

/// The origin in Referer: browsers send no Origin with links, images and forms that use GET. A page can suppress its
/// Referer, but cannot send another page's.
std::string_view referring_origin(const Request& request) {
  const std::string_view referrer = request.headers.get("Referer").value_or("");
  const auto host = referrer.find("://");
  return host == referrer.npos ? std::string_view() : referrer.substr(0, referrer.find('/', host + 3));
}

util::Error foreign(std::string input, std::string_view value, std::string reason, std::string accepted_ones) {
  return util::Error::of(util::ErrorCode::forbidden,
                         util::Fault{std::move(input), "'" + util::for_display(value) + "' " + std::move(reason),
                                     std::move(accepted_ones)});
}

/// The header fields that every page may send, and those that this page asks for, because JavaScript libraries add
/// fields of their own. Refusing them would protect nothing: clients that are not browsers can send any field.
std::string accepted_fields(const Headers& headers) {
  std::string list = accepted;
  std::size_t count = 0;
  for (const std::string_view field : headers.all("Access-Control-Request-Headers")) {
    for (const std::string_view piece : util::split(field, ',')) {
      const std::string_view name = util::trim(piece);
      if (name.size() <= longest_field && is_token(name) && ++count <= most_asked_fields)
        list.append(", ").append(name);
    }
  }
  return list;
}

}  // namespace

util::Result<Origins> Origins::create(const std::vector<std::string>& allowed, bool are_public_urls) {
  Origins origins;
  origins.are_public_urls_ = are_public_urls;
  for (const std::string& text : allowed) {
    std::string origin = canonical_origin(text);
    const bool has_path = std::count(text.begin(), text.end(), '/') != 2;
    if (has_path || !is_base_url(origin)) {
      return util::Error::of(
          util::ErrorCode::invalid_argument,
          util::Fault{"origin '" + util::for_display(text) + "'", "is not a scheme and a host",
                      "each by itself, as https://portal.example.org, without a path; never * with credentials"});
    }
    origins.allowed_.push_back(std::move(origin));
  }
  return origins;
}

bool Origins::lists(std::string_view origin) const {
  return std::find(allowed_.begin(), allowed_.end(), canonical_origin(origin)) != allowed_.end();
}

std::vector<std::pair<std::string, std::string>> Origins::fields_for(const Headers& headers) const {
  if (allowed_.empty()) return {};
  std::vector<std::pair<std::string, std::string>> fields{{"Vary", "Origin"}};
  const auto origin = headers.get("Origin");
  if (!origin || !lists(*origin)) return fields;
  fields.emplace_back("Access-Control-Allow-Origin", std::string(*origin));
  fields.emplace_back("Access-Control-Allow-Credentials", "true");
  fields.emplace_back("Access-Control-Expose-Headers", exposed);
  const bool asks_first = headers.get("Access-Control-Request-Method").has_value();
  if (asks_first) fields.emplace_back("Access-Control-Allow-Headers", accepted_fields(headers));
  return fields;
}

bool Origins::is_preflight(const Request& request) const {
  const auto origin = request.headers.get("Origin");
  return request.method == Method::options && origin && request.headers.get("Access-Control-Request-Method") &&
         lists(*origin);
}

Response Origins::preflight(std::string methods) {
  Response response;
  response.status = 204;
  response.headers.add("Allow", methods);
  response.headers.add("Access-Control-Allow-Methods", std::move(methods));
  response.headers.add("Access-Control-Max-Age", remembered_seconds);
  response.headers.add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers");
  return response;
}

/// True when `origin` is this service. With plain http, equality with the base URL is not enough: with DNS rebinding,
/// another site's host name can resolve to this service after that site's page was loaded. So the host must be a
/// numeric address or loopback, or the base URL must be configured.
bool Origins::is_own(std::string_view origin, const std::string& base_url) const {
  const std::string canonical = canonical_origin(origin);
  if (canonical.empty() || canonical != canonical_origin(base_url)) return false;
  const std::string_view host = host_of(canonical);
  return are_public_urls_ || canonical.starts_with("https://") || net::parse_address(host) || net::is_loopback(host);
}

util::Status Origins::check_change(const Request& request, bool creates) const {
  if (!creates && !changes(request.method)) return {};
  const auto origins = request.headers.all("Origin");
  if (!origins.empty()) {
    const std::string_view origin = origins.front();
    if (origins.size() == 1 && (lists(origin) || is_own(origin, request.base_url))) return {};
    return foreign("Origin", origin, "may not change anything here: it is not a page of this service",
                   "a page of " + request.base_url +
                       ", which must be an address or stand in public_urls, or of one of cors_origins");
  }
  for (const std::string_view site : request.headers.all("Sec-Fetch-Site")) {
    if (util::iequals(site, "same-origin") || util::iequals(site, "none") || lists(referring_origin(request))) continue;
    return foreign("Sec-Fetch-Site", site, "may not change anything here: it is not a page of this service",
                   "same-origin or none");
  }
  return {};
}

}  // namespace http
