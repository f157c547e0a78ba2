// Writes the head of an answer in HTTP's format. Any thread may call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace http {

std::string_view reason_phrase(int status);

/// What the server decides about an answer. It takes precedence over the handler's headers.
struct Framing {
  bool http_1_1 = true;
  bool keep_alive = true;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  std::string_view request_id;
};

/// Appends the status line, the fields and the empty line. False, with nothing appended, when a field is malformed: its
/// name is not a token, or its value has control characters (header injection).
[[nodiscard]] bool append_head(std::string& out, const Response& response, const Framing& framing);

/// True when an answer of this status has no body (RFC 9110 section 6.4.1), whatever the handler set.
bool is_bodyless(int status);

}  // namespace http
