// Name/value pairs as in a query or an urlencoded form.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/message.h"
#include "util/result.h"

namespace http {

/// Repeated names are kept in order, empty pieces ("a=1&&b=2") skipped; a name without '=' has the empty value.
/// Errors: invalid_argument for bad percent-encoding, NUL or invalid UTF-8; too_large for more than `max_pairs`.
/// `where` ("query", "form") is for messages.
util::Result<Pairs> parse_pairs(std::string_view text, std::size_t max_pairs, std::string_view where);

/// unsupported_media for a document that was sent as a form, as curl's -d does where no type is said.
util::Status check_is_form(std::string_view body);

/// What any name or value must be, however it came.
util::Status check_pair_text(std::string_view text, std::string_view input);

util::Error too_many_pairs(std::size_t max_pairs, std::string_view where);

}  // namespace http
