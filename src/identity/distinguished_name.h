// X.509 distinguished names as proxies write them (RFC 4514, RFC 2253), in one spelling each.
//
// Escapes, quotes, blanks beside separators, the case and the numbers of attribute types, and the order within a
// multi-valued part are matters of writing: they are made one. Values are not touched: names that differ in a letter's
// case are different names here, although X.509 might compare them as equal; nobody gets another's jobs by it. The old
// form with slashes ("/C=DE/CN=Ada") is refused, because a value may hold a slash, and then two names are written
// alike.
#pragma once

#include <string>
#include <string_view>

#include "util/result.h"

namespace identity {

/// invalid_argument when it is no distinguished name, holds a NUL or what is not UTF-8, or is too long.
util::Result<std::string> normalise_distinguished_name(std::string_view text);

}  // namespace identity
