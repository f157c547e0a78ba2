#include "http/framing_rules.h"

#include <algorithm>
#include <array>

#include "util/text.h"

namespace http {
namespace {

using Refusal = std::optional<FramingError>;

Refusal refuse(int status, std::string reason) { return FramingError{status, std::move(reason)}; }

bool is_known_method(std::string_view method) {
  constexpr std::array<std::string_view, 6> known{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};
  return std::find(known.begin(), known.end(), method) != known.end();
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// A simplified check of uri-host [":" port]: it excludes all characters that could change the meaning of a URL.
bool is_authority(std::string_view text) {
  if (text.empty() || text.size() > 300) return false;
  const bool literal = text.front() == '[';
  const auto host_end = text.find(literal ? ']' : ':');
  if (literal && host_end == std::string_view::npos) return false;
  const std::string_view host = text.substr(0, literal ? host_end + 1 : host_end);
  const std::string_view rest = text.substr(host.size());
  const std::string_view inner = literal ? host.substr(1, host.size() - 2) : host;
  const bool host_ok = !inner.empty() && std::all_of(inner.begin(), inner.end(), [&](char c) {
    return util::is_alnum(c) || c == '.' || c == '-' || (literal ? c == ':' : c == '_');
  });
  if (!host_ok) return false;
  if (rest.empty()) return true;
  const std::string_view port = rest.substr(1);
  return rest.front() == ':' && port.size() <= 5 && std::all_of(port.begin(), port.end(), util::is_digit) &&
         (port.empty() || *util::parse_unsigned(port) <= 65535);
}

Refusal check_target(MessageHead& head) {
  std::string& target = head.target;
  if (!is_visible_ascii(target)) return refuse(400, "the request target holds bytes that must be percent-encoded");
  if (target.find('#') != std::string::npos) return refuse(400, "a request target cannot hold '#'");
  if (target == "*") {
    if (head.method == "OPTIONS") return {};
    return refuse(400, "the target '*' is only for OPTIONS");
  }
  if (target.front() == '/') return {};
  const auto scheme_end = target.find("://");
  const std::string scheme = util::to_lower(target.substr(0, scheme_end));
  if (scheme_end == std::string::npos || (scheme != "http" && scheme != "https")) {
    return refuse(400, "the request target must begin with '/', or be an absolute http(s) URL");
  }
  const auto begin = scheme_end + 3;
  const auto end = std::min(target.find_first_of("/?", begin), target.size());
  head.authority = target.substr(begin, end - begin);
  if (!is_authority(head.authority)) return refuse(400, "the request target has no valid host");
  target.erase(0, end);
  if (target.empty() || target.front() == '?') target.insert(0, 1, '/');
  return {};
}

Refusal check_host(MessageHead& head) {
  const auto hosts = head.headers.all("Host");
  if (hosts.size() > 1) return refuse(400, "more than one Host field");
  if (hosts.empty()) {
    if (head.http_1_1) return refuse(400, "no Host field");
    return {};
  }
  if (!is_authority(hosts.front())) return refuse(400, "Host is not a host name or address with an optional port");
  if (head.authority.empty()) head.authority = hosts.front();
  return {};
}

Refusal check_length(MessageHead& head) {
  const auto lengths = head.headers.all("Content-Length");
  const auto codings = head.headers.all("Transfer-Encoding");
  if (!lengths.empty() && !codings.empty()) return refuse(400, "Content-Length together with Transfer-Encoding");
  if (lengths.size() > 1) return refuse(400, "more than one Content-Length field");
  if (codings.size() > 1) return refuse(400, "more than one Transfer-Encoding field");
  if (!lengths.empty()) {
    const auto length = util::parse_unsigned(lengths.front());
    if (!length) return refuse(400, "Content-Length is not a decimal number");
    head.content_length = *length;
  }
  if (!codings.empty()) {
    if (!head.http_1_1) return refuse(400, "Transfer-Encoding in HTTP/1.0");
    if (!util::iequals(codings.front(), "chunked")) return refuse(501, "the only Transfer-Encoding is 'chunked'");
    head.chunked = true;
  }
  return {};
}

bool connection_says(const MessageHead& head, std::string_view option) {
  for (const std::string_view value : head.headers.all("Connection")) {
    for (const std::string_view token : util::split(value, ',')) {
      if (util::iequals(util::trim(token), option)) return true;
    }
  }
  return false;
}

Refusal check_expect(MessageHead& head) {
  if (!head.http_1_1) return {};
  for (const std::string_view value : head.headers.all("Expect")) {
    if (!util::iequals(value, "100-continue")) return refuse(417, "the only expectation is '100-continue'");
    head.expects_continue = true;
  }
  return {};
}

}  // namespace

std::optional<FramingError> complete_head(MessageHead& head) {
  if (!is_known_method(head.method)) {
    return refuse(501, "the method is not one of GET, HEAD, POST, PUT, DELETE, OPTIONS");
  }
  for (const auto check : {check_target, check_host, check_length, check_expect}) {
    if (Refusal refusal = check(head)) return refusal;
  }
  head.keep_alive = !connection_says(head, "close") && (head.http_1_1 || connection_says(head, "keep-alive"));
  return {};
}

FramingError wrong_version(std::string_view request_line) {
  request_line = request_line.substr(0, request_line.find("\r\n"));
  const auto blank = request_line.rfind(' ');
  const std::string_view version = blank == std::string_view::npos ? request_line : request_line.substr(blank + 1);
  const bool shaped = version.size() == 8 && version.substr(0, 5) == "HTTP/" && util::is_digit(version[5]) &&
                      version[6] == '.' && util::is_digit(version[7]);
  if (shaped) return {505, "the versions spoken here are HTTP/1.1 and HTTP/1.0"};
  return {400, "the request line does not end with a version of HTTP"};
}

std::optional<FramingError> check_chunk_extension(std::string_view extension) {
  if (extension.size() > 256) return refuse(400, "a chunk extension is longer than 256 bytes");
  const bool clean = std::all_of(extension.begin(), extension.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
  if (!clean) return refuse(400, "a chunk extension holds control characters");
  return {};
}

}  // namespace http
