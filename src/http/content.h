// Answers with stored bytes: all, a range of them, or 304 (RFC 9110 sections 13 and 14). Any thread may call.
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
  std::string etag;  // quoted; empty: the content has none
  /// Called only when bytes are sent: not for HEAD, 304, 412 and 416.
  std::function<util::Result<std::shared_ptr<util::ByteSource>>(std::uint64_t offset, std::uint64_t length)> open;
  std::optional<util::Instant> modified = {};
};

/// 412: the client's precondition does not hold. `etag`: of the present version, quoted; empty: it has none.
Response another_version(const Request& request, const std::string& etag);

/// The answer: 200, 206, 304, 412 or 416, or a problem when the content cannot be opened.
Response content_response(const Request& request, const Content& content);

}  // namespace http
