// Bytes that stand in a file, so that the kernel can send them without us.
#pragma once

#include <cstdint>

#include "util/bytes.h"

namespace util {

class FileBytes : public ByteSource {
 public:
  /// Open for as long as this lives. Nobody moves its position.
  virtual int descriptor() const = 0;
  /// Of the first of the size() bytes, whatever was read so far.
  virtual std::uint64_t offset() const = 0;
};

}  // namespace util
