// Bytes in motion between rooms that must not know each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "util/result.h"

namespace util {

/// Where bytes come from. One reader at a time; may block on a local disk, never on a network.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// All bytes that it will give.
  virtual std::uint64_t size() const = 0;
  /// Fills `buffer` with up to `capacity` bytes; 0 at the end.
  virtual Result<std::size_t> read(char* buffer, std::size_t capacity) = 0;
};

/// Where bytes go. One writer at a time; may block on a local disk, never on a network.
/// Destroyed without finish(), it leaves nothing behind.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status write(std::string_view bytes) = 0;
  /// No more bytes will come.
  virtual Status finish() = 0;
  /// Once finished: until it is there for good. May take seconds.
  virtual Status sync() { return {}; }
};

}  // namespace util
