#include "net/url.h"

#include <algorithm>
#include <memory>
#include <optional>

#include <curl/curl.h>

#include "net/address_block.h"
#include "util/text.h"

namespace net {
namespace {

constexpr std::size_t longest_url = 8192;

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::optional<std::string> part(const UrlHandle& handle, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(handle.get(), which, &text, 0) != CURLUE_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
  return std::string(text);
}

bool has_control_or_blank(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f) return true;
  }
  return false;
}

util::Error malformed(std::string reason) {
  return util::Error::of(util::ErrorCode::invalid_argument,
                         util::Fault{"", std::move(reason), "an absolute URL such as https://example.org/file.fits"});
}

}  // namespace

util::Result<Url> parse_url(std::string_view url) {
  if (url.size() > longest_url) return malformed("the URL is longer than " + std::to_string(longest_url) + " bytes");
  if (has_control_or_blank(url)) return malformed("the URL holds a blank or a control character");
  const UrlHandle handle(curl_url(), &curl_url_cleanup);
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, std::string(url).c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK) return malformed(std::string("not a URL: ") + curl_url_strerror(code));

  Url parts;
  parts.scheme = util::to_lower(part(handle, CURLUPART_SCHEME).value_or(""));
  parts.host = part(handle, CURLUPART_HOST).value_or("");
  if (parts.host.size() > 2 && parts.host.front() == '[') parts.host = parts.host.substr(1, parts.host.size() - 2);
  parts.port = part(handle, CURLUPART_PORT).value_or("");
  parts.has_userinfo = part(handle, CURLUPART_USER).has_value() || part(handle, CURLUPART_PASSWORD).has_value();
  return parts;
}

std::string scheme_of(std::string_view reference) {
  const auto colon = reference.find(':');
  if (colon == std::string_view::npos || colon == 0 || !util::is_alpha(reference.front())) return {};
  const std::string_view scheme = reference.substr(0, colon);
  const bool whole = std::all_of(scheme.begin(), scheme.end(),
                                 [](char c) { return util::is_alnum(c) || c == '+' || c == '-' || c == '.'; });
  return whole ? util::to_lower(scheme) : std::string();
}

bool is_loopback(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  static const AddressBlocks loopback = AddressBlocks::create({"127.0.0.0/8", "::1"}).value();
  return util::iequals(host, "localhost") || loopback.contain(host);
}

std::string origin(std::string_view url) {
  const auto parts = parse_url(url);
  if (!parts) return "an unreadable URL";
  const bool v6 = parts->host.find(':') != std::string::npos;
  std::string text = parts->scheme + "://" + (v6 ? "[" + parts->host + "]" : parts->host);
  if (!parts->port.empty()) text += ":" + parts->port;
  return util::for_display(text, 200);
}

}  // namespace net
