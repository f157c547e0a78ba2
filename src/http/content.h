// Stored bytes as an answer: whole, a range of them, or "you have it already" (RFC 9110 sections 13 and 14).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/message.h"
#include "util/bytes.h"
#include "util/result.h"
#include "util/time.h"

namespace http {

struct Content {
  std::uint64_t size = 0;
  std::string media_type;
  std::string etag;  // quoted; empty: none, and no conditions
  /// Called for what will be sent only: never for HEAD, 304 and 416.
  std::function<util::Result<std::shared_ptr<util::ByteSource>>(std::uint64_t offset, std::uint64_t length)> open;
  std::optional<util::Instant> modified = {};
};

/// 412: what the client means is not what is there; `etag` is, quoted (empty: none).
Response another_version(const Request& request, const std::string& etag);

/// 200, 206, 304 or 416; or a problem, when it cannot be opened.
Response content_response(const Request& request, const Content& content);

}  // namespace http
