// The planner over HTTP: GET and POST /accepts (and /accept), and the pages of the types that it knows.
//
// Owner: main; outlives the server. Handlers run on HTTP workers and never block.
#pragma once

#include "http/router.h"
#include "planner/planner.h"

namespace planner {

class Accepts {
 public:
  explicit Accepts(Planner& planner) : planner_(planner) {}

  void add_routes(http::Router& router);

 private:
  using RequestPtr = std::shared_ptr<const http::Request>;

  void answer(const RequestPtr& request, const http::Reply& reply);

  Planner& planner_;
};

/// A route whose body is a question, in any of its forms.
http::Route question_route(http::Handler handler);

/// The question that a request asks: dotted names of query and form, typed parts, or a document (YAML where it is not
/// said; JSON is a part of that). Errors: invalid_argument, unsupported_media, too_large.
util::Result<task::PlannerRequest> read_question(const http::Request& request);

/// A document in the form that the client asks for: JSON, YAML or XML. not_acceptable otherwise.
util::Result<http::Response> planner_document(const http::Request& request, const data::Node& document,
                                              std::string_view xml_root);

}  // namespace planner
