// The head of an answer as it goes over the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace http {

std::string_view reason_phrase(int status);

/// What the server decides about an answer, whatever its handler put into the headers.
struct Framing {
  bool http_1_1 = true;
  bool keep_alive = true;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  std::string_view request_id;
};

/// Appends status line, fields and the empty line. False, with nothing appended, when a field holds what would break
/// the head apart: control characters, or a name that is not a token.
[[nodiscard]] bool append_head(std::string& out, const Response& response, const Framing& framing);

/// No body, whatever the handler gave (RFC 9110 section 6.4.1).
bool is_bodyless(int status);

}  // namespace http
