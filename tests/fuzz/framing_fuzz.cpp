// Feeds the same input to the framer at once and in pieces, the latter with pauses (held, then resumed). Both must
// produce the same output.
//
// The first two bytes choose where the input is cut; the rest is what a client sends.
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
  const std::vector<char> exact(data, data + size);  // so that the sanitizer sees reading beyond the end
  framer.feed({exact.data(), exact.size()});
  while (framer.held()) framer.resume();
  // The framer may keep a request head, or the head of a chunk with trailers, and the bytes that were fed last.
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
  // If the whole input was refused, the framer that gets pieces may still be waiting for the end of a request head, as
  // it checks a head only when it is complete.
  if (whole.failed != pieces.failed && !(whole.failed && cut.state() == http::Framer::State::head)) std::abort();
  if (!whole.failed && whole.log != pieces.log) std::abort();
  return 0;
}
