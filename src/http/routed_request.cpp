#include "http/routed_request.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/problem.h"
#include "http/site.h"
#include "http/target.h"
#include "util/text.h"

namespace http {
namespace {

using util::ErrorCode;

constexpr std::array<Method, 6> all_methods{Method::get, Method::head,    Method::post,
                                            Method::put, Method::delete_, Method::options};

Method method_of(std::string_view name) {
  for (const Method method : all_methods) {
    if (to_string(method) == name) return method;
  }
  return Method::get;  // the framer has refused all other methods
}

template <typename Methods>
std::string allow(const Methods& methods) {
  std::string list;
  for (const Method method : methods) list += (list.empty() ? "" : ", ") + std::string(to_string(method));
  return list;
}

Response options_answer(std::string methods) {
  Response response;
  response.status = 204;
  response.headers.add("Allow", std::move(methods));
  return response;
}

Response no_route(const Request& request, const Router::Match& match) {
  if (match.allowed.empty()) {
    return problem(request,
                   util::Error::of(ErrorCode::not_found, "there is nothing at " + util::for_display(request.path)));
  }
  const std::string methods = allow(match.allowed);
  if (request.method == Method::options) return options_answer(methods);
  Response response = problem(request, util::Error::of(ErrorCode::method_not_allowed,
                                                       util::Fault{"method",
                                                                   std::string(to_string(request.method)) +
                                                                       " is not for " + util::for_display(request.path),
                                                                   methods}));
  response.headers.add("Allow", methods);
  return response;
}

/// True when the request has a header field that proxies add.
bool speaks_of_others(const Headers& headers) {
  constexpr std::array<std::string_view, 4> fields{"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"};
  return std::any_of(fields.begin(), fields.end(),
                     [&](std::string_view field) { return headers.get(field).has_value(); });
}

}  // namespace

RoutedRequest route_request(const Site& site, const ConnectionEnds& ends, MessageHead head, std::string request_id) {
  RoutedRequest intake;
  intake.request = std::make_shared<Request>();
  Request& request = *intake.request;
  request.id = std::move(request_id);
  request.method = method_of(head.method);
  request.headers = std::move(head.headers);
  const std::string& authority = head.authority.empty() ? ends.local_authority : head.authority;
  auto addressed = site.forwarding.resolve(ends.peer_address, authority, request.headers);
  request.came_through_stranger = speaks_of_others(request.headers) && !site.forwarding.trusts(ends.peer_address);
  if (const auto trace = request.headers.get("traceparent")) request.trace = util::Trace::parse(*trace);
  request.peer_address = std::move(addressed.peer_address);
  request.base_url = std::move(addressed.base_url);

  if (site.draining) {
    intake.answer = problem(request, util::Error::busy("the service is shutting down", std::chrono::seconds(5)));
    return intake;
  }
  if (head.target == "*") {
    request.path = "*";
    intake.answer = options_answer(allow(all_methods));
    return intake;
  }
  auto target = parse_target(head.target, site.options.max_parameters);
  if (!target.ok()) {
    intake.answer = problem(request, target.error());
    return intake;
  }
  request.path = std::move(target->path);
  Router::Match match = site.router.match(request.method, target->segments);
  if (match.route != nullptr) {
    request.problem_form = match.route->problem_form;
    request.takes_response_format = match.route->takes_response_format;
  }
  if (!target->query.ok()) {
    intake.answer = problem(request, target->query.error());
    return intake;
  }
  request.query = std::move(target->query).value();
  if (site.origins.is_preflight(request) && !match.allowed.empty()) {
    intake.answer = Origins::preflight(allow(match.allowed));
  } else if (match.route == nullptr) {
    intake.answer = no_route(request, match);
  } else if (const util::Status fine = site.origins.check_change(request, match.route->creates); !fine.ok()) {
    intake.answer = problem(request, fine.error());
  } else if (request.headers.all("Authorization").size() > 1) {
    intake.answer = problem(request, util::Error::of(ErrorCode::invalid_argument,
                                                     util::Fault{"Authorization", "is given twice", "one field"}));
  } else {
    request.path_values = std::move(match.values);
    intake.route = match.route;
  }
  return intake;
}

}  // namespace http
