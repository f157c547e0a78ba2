// Brings X.509 distinguished names, as proxies write them (RFC 4514, RFC 2253), into one canonical spelling.
//
// These do not distinguish names and are normalised: escapes, quotes, blanks beside separators, the case of attribute
// types, their numeric form, and the order within a multi-valued RDN. Values are kept: names that differ in the case of
// a letter are different users here, although X.509 might compare them as equal, so that no user gets the jobs of
// another. The old form with slashes ("/C=DE/CN=Ada") is refused: a value may contain a slash, so two different names
// could be written alike. Computes only; any thread may call.
#pragma once

#include <string>
#include <string_view>

#include "util/result.h"

namespace identity {

/// Fails with invalid_argument when `text` is no distinguished name, contains NUL or invalid UTF-8, or is too long.
util::Result<std::string> normalise_distinguished_name(std::string_view text);

}  // namespace identity
