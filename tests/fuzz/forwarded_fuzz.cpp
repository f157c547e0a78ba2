// Fuzzes the forwarding headers of a trusted proxy. The client's address must always be a valid address, and the base
// URL must contain no characters that could end it inside of other text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/forwarded.h"

namespace {

const http::Forwarding& forwarding() {
  static const http::Forwarding made = http::Forwarding::create({"127.0.0.1", "10.0.0.0/8"}, {}).value();
  return made;
}

void check(const http::Headers& headers) {
  const auto addressed = forwarding().resolve("127.0.0.1", "host:8080", headers);
  if (!net::parse_address(addressed.peer_address)) std::abort();
  if (!addressed.base_url.starts_with("http")) std::abort();
  for (const char c : addressed.base_url) {
    if (c <= ' ' || c == '"' || c == '<' || c == '>' || c == '?' || c == '#' || c == 0x7F) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  http::Headers standard;
  standard.add("Forwarded", text);
  check(standard);
  http::Headers customary;
  for (const char* name : {"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix"}) {
    customary.add(name, text);
  }
  check(customary);
  return 0;
}
