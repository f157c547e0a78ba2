// What clients fill in: queries and forms, targets, multipart bodies whole and cut, Accept and Range.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/form.h"
#include "http/message.h"
#include "http/multipart.h"
#include "http/negotiate.h"
#include "http/target.h"
#include "util/text.h"

namespace {

constexpr std::size_t most_pairs = 50;

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

void check_pairs(const http::Pairs& pairs) {
  if (pairs.size() > most_pairs) std::abort();
  for (const auto& [name, value] : pairs) {
    if (!util::is_utf8(name) || !util::is_utf8(value) || value.find('\0') != std::string::npos) std::abort();
  }
}

void check_range(const std::string& text) {
  http::Request request;
  request.headers.add("Range", text);
  request.headers.add("Accept", text);
  http::wants_json(request);
  const http::RangeAnswer answer = http::range_of(request, 1000, std::nullopt);
  if (answer.range.offset > 1000 || answer.range.length > 1000 - answer.range.offset) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t stride = data[0] % 16 + 1U;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);

  if (const auto pairs = http::parse_pairs(text, most_pairs, "form"); pairs.ok()) check_pairs(*pairs);
  if (const auto target = http::parse_target("/" + text, most_pairs); target.ok()) check_pairs(target->query);
  check_range(text);

  Recorder whole;
  Recorder pieces;
  const bool taken = parse(text, text.size() + 1, whole);
  if (parse(text, stride, pieces) != taken) std::abort();
  if (taken && whole.log != pieces.log) std::abort();
  return 0;
}
