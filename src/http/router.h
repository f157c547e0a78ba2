// Finds the route, and so the handler, for a request.
//
//   router.add(Method::post, "/jobs/{id}/phase", {.handler = ..., .body = BodyKind::form});
//
// A segment in braces matches one non-empty decoded segment; a literal segment takes precedence over it. A trailing
// slash makes no difference. GET's handler also answers HEAD; the server itself answers OPTIONS and 405 (with Allow).
// Owner: main. All routes are added before the server starts; afterwards any thread may call match().
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
  none,      // a body that is not empty is refused with 413 (with DELETE it is ignored)
  form,      // urlencoded or multipart goes to Request::form and parts, another media type to Request::body
  document,  // any media type; goes to Request::body
  stream,    // any media type; goes to the sink that the route makes
  value,     // any media type; goes to Request::body if it is small, else to the sink that the route makes
};

/// The head of a body that is about to be streamed: a multipart file, or a whole body.
struct PartHead {
  std::string name;  // empty for a whole body
  std::string file_name;
  std::string media_type;
};

/// Runs on an HTTP worker or a sending thread and must not block. It answers through the reply, now or later.
using Handler = std::function<void(const std::shared_ptr<const Request>& request, const Reply& reply)>;

struct Route {
  Handler handler;
  BodyKind body = BodyKind::none;
  /// A caller who is not accepted gets 401 before the body is read. False for /availability and the like.
  bool needs_identity = true;
  /// With needs_identity false: credentials that the client sends are checked all the same, so that the client can find
  /// out whether they are valid.
  bool judges_credentials = false;
  /// The request counts as a creation for the limits. Pages of other sites may not send it, not even with GET.
  bool creates = false;
  /// For GET routes: HEAD is answered by the same handler, without the body.
  bool answers_head = true;
  /// Makes the error documents of this route, also for errors before the handler, for clients that do not ask for JSON.
  /// Null: plain text.
  ProblemForm problem_form = nullptr;
  /// True: the parameter RESPONSEFORMAT (DALI) selects the format of the answer. False: it is a parameter of the job.
  bool takes_response_format = true;
  /// For form, stream and value: makes the sink for a streamed part. Its errors refuse the request. A route without it
  /// refuses multipart files with 415.
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
    const Route* route = nullptr;  // null: the answer is 404 when `allowed` is empty, else 405
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
