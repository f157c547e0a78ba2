// The headers of a tar archive (POSIX.1-2001 ustar, with PAX and GNU extensions): offsets and constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace docker::tar {

inline constexpr std::size_t block = 512;

struct Field {
  std::size_t offset;
  std::size_t length;
};
inline constexpr Field name{0, 100};
inline constexpr Field mode{100, 8};
inline constexpr Field uid{108, 8};
inline constexpr Field gid{116, 8};
inline constexpr Field size{124, 12};
inline constexpr Field mtime{136, 12};
inline constexpr Field checksum{148, 8};
inline constexpr std::size_t type_offset = 156;
inline constexpr Field link{157, 100};
inline constexpr Field magic{257, 6};
inline constexpr Field prefix{345, 155};

/// The modification time of staged files, in seconds since 1970. A file that still has this time was not written to.
inline constexpr std::uint64_t staged_seconds = 0;

constexpr std::uint64_t padding(std::uint64_t bytes) { return (block - bytes % block) % block; }

/// The sum of the bytes of a header, with blanks in place of its checksum field.
inline unsigned sum(const char* head) {
  unsigned total = 0;
  for (std::size_t i = 0; i < block; ++i) {
    const bool blank = i >= checksum.offset && i < checksum.offset + checksum.length;
    total += blank ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(head[i]);
  }
  return total;
}

}  // namespace docker::tar
