#!/bin/sh
# Boost.Beast without a limit for bodies refuses each request that tells the length of its body.
#
# Seen with: libboost1.74-dev 1.74.0 (Debian 12), basic_parser::body_limit.
# Expected: "If this is equal to boost::none, then the body limit is disabled", so a body of any length is read.
# Seen: a POST with "Content-Length: 5" fails with "body limit exceeded" once its head is read, while the same five
#   bytes are read when they come chunked. The check compares the length with an optional that is empty, and every
#   number is more than that. So "no limit" must be said as the greatest number.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 2' INT TERM
need() { # PACKAGE=VERSION...: what is not installed is unpacked in the temp folder, with what it depends on
  mkdir -p "$dir/debs/partial"
  apt-get -qq -y -d --no-install-recommends --allow-downgrades -o Debug::NoLocking=1 -o APT::Sandbox::User=root \
    -o Dir::Cache::archives="$dir/debs" install "$@" >"$dir/log" 2>&1 || { cat "$dir/log" >&2 && exit 2; }
  for deb in "$dir"/debs/*.deb; do [ ! -e "$deb" ] || dpkg -x "$deb" "$dir/root"; done
}
need libboost1.74-dev=1.74.0+ds1-21
different() { echo "${0##*/}: different now: $*" >&2; exit 1; }

cat >"$dir/parse.cpp" <<'END'
#include <utility>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <iostream>
namespace http = boost::beast::http;

static void parse(boost::optional<std::uint64_t> limit, const std::string& rest) {
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(limit);
  boost::beast::error_code error;
  parser.put(boost::asio::buffer("POST /jobs HTTP/1.1\r\nHost: example\r\n" + rest), error);
  std::cout << (error ? error.message() : parser.is_done() ? parser.get().body() : "more is needed") << '\n';
}

int main() {
  parse(boost::none, "Content-Length: 5\r\n\r\nhello");
  parse(boost::none, "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  parse(5, "Content-Length: 5\r\n\r\nhello");
  parse(UINT64_MAX, "Content-Length: 5\r\n\r\nhello");
}
END
export CPATH="$dir/root/usr/include"
g++ -std=c++17 -w -o "$dir/parse" "$dir/parse.cpp" -pthread || exit 2
seen=$("$dir/parse" | tr '\n' ',')
[ "$seen" = 'body limit exceeded,hello,hello,hello,' ] || different "$seen"
echo "as described"
