// Helpers for all handlers of a JobTree: paths, the caller, query values, and responses of each kind. Any thread may
// call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/router.h"
#include "util/result.h"
#include "uws/core/job.h"

namespace uws::rest {

/// The paths of a job list and of its sync resource.
struct ListPaths {
  explicit ListPaths(std::string jobs_path);
  std::string folder;  // the path above both: "", "/tap"
  std::string jobs;    // "/jobs", "/tap/async"
  std::string sync;    // "/sync", "/tap/sync"
};

/// The value of "{id}" in the path.
const std::string& job_id(const http::Request& request);
Caller caller_of(const http::Request& request);
bool may_be_job_id(std::string_view id);
/// Calls `handler` if the id in the path can be a job's; otherwise answers 404 without asking the database (U6).
http::Handler for_job(http::Handler handler);

/// All values of that name in the query, in order. The name is compared case-insensitively.
std::vector<std::string_view> query_values(const http::Request& request, std::string_view name);
/// True for JSON, false for XML. Fails with `invalid_argument` for an unknown RESPONSEFORMAT (U61).
util::Result<bool> json_wanted(const http::Request& request);
/// A document in that representation, with Vary (U61).
http::Response document(bool json, std::string body);
/// The text of …/error, and of the error response of sync.
std::string whole_text(const ErrorSummary& error);
/// The error as a VOTable, for DALI clients.
http::Response votable_error(int status, std::string_view text);
/// text/plain without a newline at the end (U4).
http::Response plain(std::string body);

}  // namespace uws::rest
