#include "http/problem.h"

#include <nlohmann/json.hpp>

#include "http/negotiate.h"
#include "http/response_head.h"
#include "util/text.h"

namespace http {
namespace {

std::string as_text(const util::Error& error) {
  std::string text = error.message;
  if (text.empty()) {
    for (const util::Fault& fault : error.faults) text += (text.empty() ? "" : "\n") + to_string(fault);
  }
  if (text.empty()) text = util::to_string(error.code);
  return util::to_xml_text(text) + "\n";
}

std::string as_json(int status, const util::Error& error) {
  nlohmann::json body{{"type", "about:blank"},
                      {"title", reason_phrase(status)},
                      {"status", status},
                      {"code", util::to_string(error.code)},
                      {"detail", util::to_xml_text(error.message)}};
  if (!error.faults.empty()) {
    body["faults"] = nlohmann::json::array();
    for (const util::Fault& fault : error.faults) {
      body["faults"].push_back({{"input", util::to_xml_text(fault.input)},
                                {"reason", util::to_xml_text(fault.reason)},
                                {"accepted", util::to_xml_text(fault.accepted)}});
    }
  }
  return body.dump() + "\n";
}

Response document_of(const Request& request, const util::Error& error, int status) {
  if (wants_json(request)) return Response::of(status, "application/problem+json", as_json(status, error));
  if (request.problem_form != nullptr) return request.problem_form(status, as_text(error));
  return Response::text(status, as_text(error));
}

}  // namespace

int status_of(util::ErrorCode code) {
  switch (code) {
    case util::ErrorCode::invalid_argument:
      return 400;
    case util::ErrorCode::unauthenticated:
      return 401;
    case util::ErrorCode::forbidden:
      return 403;
    case util::ErrorCode::not_found:
      return 404;
    case util::ErrorCode::method_not_allowed:
      return 405;
    case util::ErrorCode::not_acceptable:
      return 406;
    case util::ErrorCode::conflict:
      return 409;
    case util::ErrorCode::too_large:
      return 413;
    case util::ErrorCode::unsupported_media:
      return 415;
    case util::ErrorCode::too_many:
      return 429;
    case util::ErrorCode::unsupported:
      return 501;
    case util::ErrorCode::unavailable:
      return 503;
    case util::ErrorCode::timeout:
      return 504;
    case util::ErrorCode::internal:
      return 500;
  }
  return 500;
}

Response problem(const Request& request, const util::Error& error, int status) {
  Response response = document_of(request, error, status);
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Cache-Control", "no-store");
  if (error.retry_after) {
    response.headers.add("Retry-After", std::to_string(error.retry_after->count()));
  } else if (status == 429 || status == 503) {
    response.headers.add("Retry-After", "1");
  }
  return response;
}

Response problem(const Request& request, const util::Error& error) {
  return problem(request, error, status_of(error.code));
}

}  // namespace http
