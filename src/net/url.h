// The parts of a URL that this service checks before curl uses the URL. curl's own parser reads them, so that both get
// the same parts. Any thread may call.
#pragma once

#include <string>
#include <string_view>

#include "util/result.h"

namespace net {

struct Url {
  std::string scheme;  // in lower case
  std::string host;    // forms of IPv4 such as 0x7f000001 become dotted decimal; IPv6 has no brackets and no zone
  std::string port;    // empty when the url names none
  bool has_userinfo = false;
};

/// `invalid_argument` when the text is not an absolute URL of at most 8192 bytes. The error does not repeat the URL.
util::Result<Url> parse_url(std::string_view url);

/// The scheme in lower case; empty for a relative reference. The rest of the reference is not checked.
std::string scheme_of(std::string_view reference);
inline bool is_http(std::string_view scheme) { return scheme == "http" || scheme == "https"; }

/// True when the host means this machine: 127.0.0.0/8, ::1 (also in brackets), localhost.
bool is_loopback(std::string_view host);

/// "https://example.org:8443", for messages: without credentials, path and query.
std::string origin(std::string_view url);

}  // namespace net
