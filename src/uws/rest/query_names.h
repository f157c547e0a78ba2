// Unknown names in the query of a GET. Many clients send names that mean nothing to us: these are ignored, and the
// response says so. A misspelling of a known name is refused, because PHSE=ERROR must not list all jobs. Computes only;
// any thread may call.
#pragma once

#include <string_view>
#include <vector>

#include "http/message.h"
#include "util/result.h"

namespace uws::rest {

/// Fails with `invalid_argument` for a name that is a likely misspelling of one of `known`.
util::Status check_query_names(const http::Request& request, const std::vector<std::string_view>& known);
/// Names the ignored names in a Warning header of the response (RFC 7234 section 5.5).
void tell_ignored_names(const http::Request& request, const std::vector<std::string_view>& known,
                        http::Response& response);

}  // namespace uws::rest
