// Fuzzes the parsers of what a registry sends: challenges, manifests, configurations.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/challenge.h"
#include "registry/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto challenge = registry::parse_challenge(text)) {
    if (challenge->is_bearer == challenge->realm.empty()) std::abort();
  }
  if (const auto manifest = registry::read_manifest(text)) {
    if (manifest->choices.empty() == manifest->config_digest.empty()) std::abort();
  }
  static_cast<void>(registry::read_configuration(text));
  return 0;
}
