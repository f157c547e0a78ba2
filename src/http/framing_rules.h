// Checks of a message's head beyond those of the parser, so that this server and every proxy in front of it read the
// same. Any thread may call.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/framer.h"

namespace http {

/// Fills the other members of the head from its method, target and header fields; an error when the head is refused.
std::optional<FramingError> complete_head(MessageHead& head);

/// The error for a bad version: 505 for another version of HTTP, 400 for anything else in its place.
FramingError wrong_version(std::string_view request_line);

/// `extension`: the text after the size in a chunk header.
std::optional<FramingError> check_chunk_extension(std::string_view extension);

}  // namespace http
