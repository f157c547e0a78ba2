// The body of an answer that is made while it is sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/message.h"
#include "util/bytes.h"

namespace http {

/// Used by one sending thread.
class Pump {
 public:
  enum class State {
    more,    // ask again when these bytes are out
    wait,    // nothing now: ask again after a wake
    ended,   // these are the last bytes
    failed,  // the answer cannot be completed
  };
  /// Of a file, which is open for as long as the pump lives.
  struct FilePart {
    int descriptor = -1;
    std::uint64_t offset = 0;
    std::size_t length = 0;
  };
  /// Bytes, or a part of a file.
  struct Piece {
    std::string bytes;
    State state = State::more;
    FilePart file = {};
  };

  virtual ~Pump() = default;
  /// At most about `capacity` bytes of memory.
  virtual Piece next(std::size_t capacity) = 0;
};

std::unique_ptr<Pump> pump_text(std::string text);
/// Exactly source->size() bytes, or failed.
std::unique_ptr<Pump> pump_source(std::shared_ptr<util::ByteSource> source);
std::unique_ptr<Pump> pump_live(std::shared_ptr<LiveBody> live, bool chunked, std::function<void()> wake);

}  // namespace http
