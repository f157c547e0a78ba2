// Produces the body of an answer piece by piece while it is sent. Owned by the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/message.h"
#include "util/bytes.h"

namespace http {

/// Used by one sending thread only.
class Pump {
 public:
  enum class State {
    more,    // call again when these bytes are sent
    wait,    // nothing is available now; call again after a wake
    ended,   // these are the last bytes
    failed,  // the answer cannot be completed
  };
  /// A part of a file that is open as long as the pump exists.
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
  /// The next piece. `capacity`: roughly the most bytes that it may hold in memory.
  virtual Piece next(std::size_t capacity) = 0;
};

std::unique_ptr<Pump> pump_text(std::string text);
/// Produces exactly source->size() bytes, or State::failed.
std::unique_ptr<Pump> pump_source(std::shared_ptr<util::ByteSource> source);
std::unique_ptr<Pump> pump_live(std::shared_ptr<LiveBody> live, bool chunked, std::function<void()> wake);

}  // namespace http
