// Fuzzes the request headers Accept, If-None-Match, Range and If-Range. If the input has several lines, the first is
// If-Range and the others are Range.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/negotiate.h"

namespace {

constexpr std::uint64_t content_size = 1000;

void require(bool kept) {
  if (!kept) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto line_end = text.find('\n');

  http::Request request;
  request.headers.add("Accept", text);
  request.headers.add("If-None-Match", text);
  if (line_end != std::string::npos) request.headers.add("If-Range", text.substr(0, line_end));
  request.headers.add("Range", line_end == std::string::npos ? text : text.substr(line_end + 1));

  const int json = http::quality(text, "application/json");
  require(json >= 0 && json <= 1000);
  const auto chosen = http::negotiate(text, {"text/xml", "application/json"});
  require(!chosen || *chosen < 2);
  http::wants_json(request);
  http::none_match_holds(request, "\"abc\"");

  const http::RangeAnswer answer = http::range_of(request, content_size, "\"abc\"");
  const auto [offset, length] = answer.range;
  require(offset <= content_size && length <= content_size - offset);
  require(answer.outcome != http::RangeOutcome::part || length > 0);
  return 0;
}
