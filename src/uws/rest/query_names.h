// Names in the query of a GET that there are none of. Many clients send some that mean nothing to us, so that those are
// let pass, and told; what is a slip of the hand for one of ours is refused: PHSE=ERROR must not list all jobs.
#pragma once

#include <string_view>
#include <vector>

#include "http/message.h"
#include "util/result.h"

namespace uws::rest {

/// `invalid_argument` for a name that is nearly one of `known`.
util::Status check_query_names(const http::Request& request, const std::vector<std::string_view>& known);
/// Into the answer (Warning, RFC 7234 section 5.5): which names were ignored.
void tell_ignored_names(const http::Request& request, const std::vector<std::string_view>& known,
                        http::Response& response);

}  // namespace uws::rest
