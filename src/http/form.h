// Reads the name/value pairs of a query or an urlencoded form. Any thread may call.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/message.h"
#include "util/result.h"

namespace http {

/// Keeps repeated names, in order, and skips empty pieces ("a=1&&b=2"); a name without '=' has an empty value. Errors:
/// `invalid_argument` for bad percent-encoding, NUL or invalid UTF-8; `too_large` for more than `max_pairs`. `where`:
/// "query" or "form", for messages.
util::Result<Pairs> parse_pairs(std::string_view text, std::size_t max_pairs, std::string_view where);

/// `unsupported_media` for a JSON or YAML document that was sent as a form, as curl's -d does without a Content-Type.
util::Status check_is_form(std::string_view body);

/// Checks a name or a value, from whichever encoding: `invalid_argument` for NUL or invalid UTF-8.
util::Status check_pair_text(std::string_view text, std::string_view input);

util::Error too_many_pairs(std::size_t max_pairs, std::string_view where);

}  // namespace http
