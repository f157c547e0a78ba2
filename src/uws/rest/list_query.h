// Reads the query of a request for a list: PHASE, RUNID, AFTER, LAST, CURSOR (U20, U21, U23). Computes only; any thread
// may call.
#pragma once

#include <string>

#include "http/message.h"
#include "util/result.h"
#include "uws/core/job_service.h"

namespace uws::rest {

/// A place in a list as the text of CURSOR.
std::string to_cursor(const ListPlace& place);
util::Result<ListQuery> read_list_query(const http::Request& request);

ListPlace place_of(const JobReference& job);
/// The URL of the next page: the same query for what follows the place `last`.
std::string next_url(const http::Request& request, const std::string& jobs_url, const ListPlace& last);

}  // namespace uws::rest
