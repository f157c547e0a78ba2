// Which handler a request goes to.
//
//   router.add(Method::post, "/jobs/{id}/phase", {.handler = ..., .body = BodyKind::form});
//
// A segment in braces matches one non-empty decoded segment, a literal one wins over it. A trailing slash equals none.
// HEAD is answered by GET's handler, OPTIONS and 405 (with Allow) by the router. Filled before serving, then constant.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/meter.h"
#include "http/reply.h"
#include "util/bytes.h"
#include "util/result.h"

namespace http {

enum class BodyKind {
  none,      // a body is refused with 413, an empty one is fine
  form,      // urlencoded or multipart into Request::form and parts; another media type into Request::body
  document,  // any media type into Request::body
  stream,    // any media type into the sink that the route makes
  value,     // any media type into Request::body as long as it is small, else into the sink that the route makes
};

/// The head of a body that is about to be streamed: a multipart file, or a whole body.
struct PartHead {
  std::string name;  // empty for a whole body
  std::string file_name;
  std::string media_type;
};

/// Runs on an HTTP worker: must not block; answers through the reply, now or later.
using Handler = std::function<void(const std::shared_ptr<const Request>& request, const Reply& reply)>;

struct Route {
  Handler handler;
  BodyKind body = BodyKind::none;
  /// Who is not known gets 401 before the body is read. False for /availability and the like.
  bool needs_identity = true;
  /// Where no identity is needed: credentials that are brought are judged all the same, so that a client can find out
  /// whether they are good.
  bool judges_credentials = false;
  /// Counted by the limits of creations. Pages of other sites may not ask for it, not even by GET.
  bool creates = false;
  /// Of a GET: whether HEAD is answered as it is, without the body.
  bool answers_head = true;
  /// How errors are told here, also those before the handler, to clients that do not ask for JSON; null: as plain text.
  ProblemForm problem_form = nullptr;
  /// RESPONSEFORMAT (DALI) says how to answer; or it is a parameter of what is asked for.
  bool takes_response_format = true;
  /// For form, stream and value: makes the place for a streamed part. Its errors refuse the request. A multipart file
  /// on a route without it is refused with 415.
  std::function<util::Result<std::shared_ptr<util::ByteSink>>(const Request& head, const PartHead& part)> make_sink =
      {};
  Meter* meter = nullptr;  // set by the router
};

class Router {
 public:
  Router();
  ~Router();

  void add(Method method, std::string_view pattern, Route route);

  struct Match {
    const Route* route = nullptr;  // null: 404 when allowed is empty, else 405
    std::map<std::string, std::string> values;
    std::vector<Method> allowed;
  };
  /// `segments` are decoded. HEAD matches GET's route.
  Match match(Method method, const std::vector<std::string>& segments) const;

 private:
  struct Branch;
  std::unique_ptr<Branch> root_;
  std::vector<std::unique_ptr<Meter>> meters_;
};

}  // namespace http
