// Fuzzes the parser of the engine's log stream. The first byte chooses the size of the pieces in which the rest is fed.
// Neither the parser nor the line mender may give out more bytes than came in.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "docker/logs/line_mender.h"
#include "docker/logs/log_frames.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] + std::size_t{1};
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::size_t given = 0;
  docker::LineMender mender;
  docker::LogFrames frames(
      [&](docker::LogFrames::Stream, std::string_view bytes) {
        if (bytes.empty()) std::abort();
        given += bytes.size();
        if (mender.take(bytes).size() > bytes.size()) std::abort();
        return true;
      },
      [&](docker::LogFrames::Stream) {
        mender.begin();
        return true;
      });
  bool more = true;
  for (std::size_t at = 0; at < input.size() && more; at += piece) more = frames.feed(input.substr(at, piece));
  mender.end();
  if (given > input.size() || more != frames.error().empty()) std::abort();
  return 0;
}
