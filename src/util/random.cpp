#include "util/random.h"

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include <sys/random.h>

namespace util {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const ssize_t got = ::getrandom(bytes.data() + filled, count - filled, 0);
    if (got > 0) {
      filled += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      std::abort();  // without randomness no id is safe
    }
  }
  return bytes;
}

std::string random_id() {
  constexpr char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::string id;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : random_bytes(16)) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (count += 8; count >= 5; count -= 5) id += alphabet[(bits >> (count - 5)) & 0x1FU];
  }
  id += alphabet[(bits << (5 - count)) & 0x1FU];
  return id;
}

}  // namespace util
