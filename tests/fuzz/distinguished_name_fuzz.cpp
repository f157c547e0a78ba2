// Fuzzes the parser of distinguished names, which a proxy takes from clients' certificates. An input is refused, or it
// becomes a canonical spelling that is parsed as itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "identity/distinguished_name.h"
#include "identity/names.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto name = identity::normalise_distinguished_name({reinterpret_cast<const char*>(bytes), size});
  if (!name.ok()) return 0;
  const auto again = identity::normalise_distinguished_name(*name);
  if (!again.ok() || *again != *name) std::abort();
  const auto owner = identity::outside_name("x509", *name);
  if (!owner || !identity::is_name(*owner)) std::abort();
  return 0;
}
