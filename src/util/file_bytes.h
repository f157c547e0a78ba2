// A ByteSource whose bytes are in a file, so that they can be sent with sendfile() without a copy in this process.
#pragma once

#include <cstdint>

#include "util/bytes.h"

namespace util {

class FileBytes : public ByteSource {
 public:
  /// The file descriptor. It stays open while this object lives. Users must not change its file position.
  virtual int descriptor() const = 0;
  /// The position in the file of the first of the size() bytes. read() does not change it.
  virtual std::uint64_t offset() const = 0;
};

}  // namespace util
