#include "uws/rest/answers.h"

#include <algorithm>
#include <array>

#include "http/negotiate.h"
#include "util/text.h"
#include "uws/core/job_rules.h"
#include "uws/rest/documents.h"

namespace uws::rest {
namespace {

constexpr std::size_t longest_job_id = 64;

bool is_format(std::string_view word) {
  constexpr std::array<std::string_view, 5> formats{"xml", "text/xml", "application/xml", "json", "application/json"};
  return std::any_of(formats.begin(), formats.end(),
                     [&](std::string_view known) { return util::iequals(known, word); });
}

}  // namespace

ListPaths::ListPaths(std::string jobs_path)
    : folder(jobs_path.substr(0, jobs_path.rfind('/'))), jobs(std::move(jobs_path)), sync(folder + "/sync") {}

const std::string& job_id(const http::Request& request) { return request.path_values.at("id"); }

Caller caller_of(const http::Request& request) {
  return {request.identity.user, request.identity.groups, request.identity.administrator};
}

bool may_be_job_id(std::string_view id) {
  return !id.empty() && id.size() <= longest_job_id && std::all_of(id.begin(), id.end(), util::is_alnum);
}

http::Handler for_job(http::Handler handler) {
  return [handler = std::move(handler)](const std::shared_ptr<const http::Request>& request, const http::Reply& reply) {
    if (!may_be_job_id(job_id(*request))) return reply.send(*request, no_such_job());
    handler(request, reply);
  };
}

std::vector<std::string_view> query_values(const http::Request& request, std::string_view name) {
  std::vector<std::string_view> found;
  for (const auto& [key, value] : request.query) {
    if (util::iequals(key, name)) found.emplace_back(value);
  }
  return found;
}

util::Result<bool> json_wanted(const http::Request& request) {
  for (const auto& [name, value] : request.query) {
    if (!util::iequals(name, "RESPONSEFORMAT") || is_format(value)) continue;
    return util::Error::of(
        util::ErrorCode::invalid_argument,
        util::Fault{"RESPONSEFORMAT", "'" + util::for_display(value) + "' is no format of a document", "xml or json"});
  }
  return http::wants_json(request);
}

http::Response document(bool json, std::string body) {
  http::Response response =
      http::Response::of(200, json ? "application/json" : "text/xml; charset=utf-8", std::move(body));
  response.headers.set("Vary", "Accept");
  response.headers.set("Cache-Control", "no-cache");
  return response;
}

std::string whole_text(const ErrorSummary& error) {
  return error.detail.empty() ? error.message : error.message + "\n\n" + error.detail;
}

http::Response votable_error(int status, std::string_view text) {
  http::Response response = http::Response::of(status, "application/x-votable+xml", error_votable(util::trim(text)));
  response.headers.set("Cache-Control", "no-cache");
  response.headers.set("X-Content-Type-Options", "nosniff");
  return response;
}

http::Response plain(std::string body) {
  http::Response response = http::Response::text(200, std::move(body));
  response.headers.set("Cache-Control", "no-cache");
  response.headers.set("X-Content-Type-Options", "nosniff");
  return response;
}

}  // namespace uws::rest
