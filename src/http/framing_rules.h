// What a head must be beyond what the parser checks: one reading only, for us and for every proxy in front.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/framer.h"

namespace http {

/// Fills the head from its request line and fields; the error when it is refused.
std::optional<FramingError> complete_head(MessageHead& head);

/// 505 for another version of HTTP, 400 for anything else that stands where the version should.
FramingError wrong_version(std::string_view request_line);

/// Of one chunk, as it stands after the size.
std::optional<FramingError> check_chunk_extension(std::string_view extension);

}  // namespace http
