// The framer, fed whole and in pieces, held and resumed: what comes out must be the same.
//
// The first two bytes choose the cuts; the rest is what a client sends.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/framer.h"

namespace {

class Recorder : public http::Framer::Sink {
 public:
  explicit Recorder(bool holds) : step_(holds ? http::Framer::Step::hold : http::Framer::Step::go_on) {}

  http::Framer::Step on_head(http::MessageHead head) override {
    log += head.method + " " + head.target + " " + head.authority + (head.chunked ? " chunked " : " ") +
           std::to_string(head.content_length) + (head.keep_alive ? " keep" : " close") + "\n";
    for (const auto& [name, value] : head.headers.fields()) log += name + ": " + value + "\n";
    return step_;
  }
  http::Framer::Step on_body(std::string_view bytes) override {
    log += bytes;
    return step_;
  }
  http::Framer::Step on_done() override {
    log += "|\n";
    return step_;
  }
  void on_fail(const http::FramingError& error) override {
    if (failed || error.status < 400 || error.status > 599) std::abort();
    failed = true;
  }

  std::string log;
  bool failed = false;

 private:
  const http::Framer::Step step_;
};

constexpr http::Framer::Limits limits{256, 1024, 16};

void feed(http::Framer& framer, const std::uint8_t* data, std::size_t size) {
  const std::vector<char> exact(data, data + size);  // so that reading beyond the end is seen
  framer.feed({exact.data(), exact.size()});
  while (framer.held()) framer.resume();
  // At most a head, or a chunk's head with trailers, and what was fed last.
  if (framer.kept_bytes() > limits.head_bytes + (4U << 10U) + size) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t stride = data[0] % 64 + 1U;
  const std::size_t offset = data[1];
  data += 2;
  size -= 2;

  Recorder whole(false);
  http::Framer at_once(limits, whole);
  feed(at_once, data, size);

  Recorder pieces(true);
  http::Framer cut(limits, pieces);
  std::size_t at = offset < size ? offset : 0;
  feed(cut, data, at);
  while (at < size) {
    const std::size_t length = stride < size - at ? stride : size - at;
    feed(cut, data + at, length);
    at += length;
  }
  // After a refusal the other may not have seen as much: then the parser waits for a head's end before it looks again.
  if (whole.failed != pieces.failed && !(whole.failed && cut.state() == http::Framer::State::head)) std::abort();
  if (!whole.failed && whole.log != pieces.log) std::abort();
  return 0;
}
