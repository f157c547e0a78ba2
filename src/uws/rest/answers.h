// What every answer of the job tree has in common: URLs, media types, validators.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/router.h"
#include "util/result.h"
#include "uws/core/job.h"

namespace uws::rest {

/// Where a job list is served. `sync` is beside it.
struct ListPaths {
  explicit ListPaths(std::string jobs_path);
  std::string folder;  // of both: "", "/tap"
  std::string jobs;    // "/jobs", "/tap/async"
  std::string sync;    // "/sync", "/tap/sync"
};

/// "{id}" of the route.
const std::string& job_id(const http::Request& request);
/// Who asks.
Caller caller_of(const http::Request& request);
bool may_be_job_id(std::string_view id);
/// Lets pass what could be a job's id; anything else is 404 without a look into the database (U6).
http::Handler for_job(http::Handler handler);

/// All values of that name in the query, in order; without regard to case.
std::vector<std::string_view> query_values(const http::Request& request, std::string_view name);
/// JSON or XML; `invalid_argument` for a RESPONSEFORMAT that there is none of (U61).
util::Result<bool> json_wanted(const http::Request& request);
/// A document in that representation, with Vary (U61).
http::Response document(bool json, std::string body);
/// What …/error says, and who waited at sync is told.
std::string whole_text(const ErrorSummary& error);
/// That text as DALI's clients read it.
http::Response votable_error(int status, std::string_view text);
/// text/plain without a newline at the end (U4).
http::Response plain(std::string body);

}  // namespace uws::rest
