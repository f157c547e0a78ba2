// What a client asks of a list: PHASE, RUNID, AFTER, LAST, CURSOR (U20, U21, U23).
#pragma once

#include <string>

#include "http/message.h"
#include "util/result.h"
#include "uws/core/job_service.h"

namespace uws::rest {

/// A place in a list as clients get it, and give it back.
std::string to_cursor(const ListPlace& place);
util::Result<ListQuery> read_list_query(const http::Request& request);

ListPlace place_of(const JobReference& job);
/// The same request, for what follows that place.
std::string next_url(const http::Request& request, const std::string& jobs_url, const ListPlace& last);

}  // namespace uws::rest
