// Feeds the same multipart body to the parser at once and in pieces; the first byte chooses their size. Both must
// produce the same output.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/multipart.h"

namespace {

class Recorder : public http::MultipartParser::Sink {
 public:
  util::Status on_part(const http::PartFields& part) override {
    log += "[" + part.name + "|" + part.file_name + "|" + part.media_type + "]";
    return {};
  }
  util::Status on_data(std::string_view bytes) override {
    log += bytes;
    return {};
  }
  util::Status on_part_end() override {
    log += ".";
    return {};
  }
  std::string log;
};

bool parse(std::string_view text, std::size_t stride, Recorder& recorder) {
  http::MultipartParser parser("b", recorder);
  for (std::size_t at = 0; at < text.size(); at += stride) {
    if (!parser.feed(text.substr(at, stride)).ok()) return false;
  }
  return parser.finish().ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t stride = data[0] % 16 + 1U;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Recorder whole;
  Recorder pieces;
  const bool taken = parse(text, text.size() + 1, whole);
  if (parse(text, stride, pieces) != taken) std::abort();
  if (taken && whole.log != pieces.log) std::abort();
  return 0;
}
