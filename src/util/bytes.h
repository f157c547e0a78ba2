// Interfaces for streams of bytes, so that a producer and a consumer in different rooms need not include each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "util/result.h"

namespace util {

/// A stream to read bytes from. Only one thread may read at a time. A call may block on a local disk, never on a
/// network.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// The length of the whole stream in bytes, however much has been read.
  virtual std::uint64_t size() const = 0;
  /// Copies up to `capacity` bytes into `buffer` and returns their number; 0 means the end of the stream.
  virtual Result<std::size_t> read(char* buffer, std::size_t capacity) = 0;
};

/// A stream to write bytes to. Only one thread may write at a time. A call may block on a local disk, never on a
/// network. A sink that is destroyed without finish() discards what was written to it.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status write(std::string_view bytes) = 0;
  /// The caller has written the last byte.
  virtual Status finish() = 0;
  /// May be called after finish(). Returns when the bytes are on durable storage, which may take seconds.
  virtual Status sync() { return {}; }
};

}  // namespace util
