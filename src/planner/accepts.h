// The planner over HTTP: GET and POST /accepts (and /accept).
//
// Owner: the service (service.cpp); it outlives the HTTP server. The handlers run on HTTP workers and never block.
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

/// A route whose request body is a question to the planner: a document, a form, or multipart.
http::Route question_route(http::Handler handler);

/// Reads the planner's question from a request. The question is either made of dotted names in the query, the form and
/// the multipart parts, or it is a document. A document without a media type is read as YAML, which includes JSON.
/// Errors: invalid_argument, unsupported_media, too_large.
util::Result<task::PlannerRequest> read_question(const http::Request& request);

/// The document in the format that the client's Accept header asks for: JSON, YAML or XML. `not_acceptable` if it asks
/// for none of them.
util::Result<http::Response> planner_document(const http::Request& request, const data::Node& document,
                                              std::string_view xml_root);

}  // namespace planner
