#include "uws/rest/answers.h"

namespace uws::rest {

std::string jobs_url(const http::Request& request) { return request.base_url + "/jobs"; }

std::string job_url(const http::Request& request, std::string_view id) {
  return jobs_url(request) + "/" + std::string(id);
}

const std::string& job_id(const http::Request& request) { return request.path_values.at("id"); }

http::Response document(bool json, std::string body) {
  http::Response response =
      http::Response::of(200, json ? "application/json" : "text/xml; charset=utf-8", std::move(body));
  response.headers.set("Vary", "Accept");
  return response;
}

http::Response plain(std::string body) { return http::Response::text(200, std::move(body)); }

}  // namespace uws::rest
