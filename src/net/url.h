// The parts of a URL that we look at before curl does, read by curl's own parser so that both see the same.
#pragma once

#include <string>
#include <string_view>

#include "util/result.h"

namespace net {

struct Url {
  std::string scheme;  // in lower case
  std::string host;    // numeric forms of IPv4 such as 0x7f000001 as dotted decimal; IPv6 without brackets and zone
  std::string port;    // empty when the url names none
  bool has_userinfo = false;
};

/// `invalid_argument` when it is not an absolute URL of at most 8192 bytes. The error does not repeat the URL.
util::Result<Url> parse_url(std::string_view url);

/// In lower case; empty for a relative reference. The rest is not looked at.
std::string scheme_of(std::string_view reference);
inline bool is_http(std::string_view scheme) { return scheme == "http" || scheme == "https"; }

/// Only this machine can be meant: 127.0.0.0/8, ::1 (in brackets too), localhost.
bool is_loopback(std::string_view host);

/// "https://example.org:8443", for messages: never credentials, path or query.
std::string origin(std::string_view url);

}  // namespace net
