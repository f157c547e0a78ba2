#include "planner/accepts.h"

#include <algorithm>
#include <utility>

#include "data/xml.h"
#include "http/media_type.h"
#include "http/negotiate.h"
#include "util/text.h"

namespace planner {
namespace {

using util::Error;
using util::ErrorCode;
using util::Fault;

constexpr std::size_t longest_document = 256U << 10U;

/// Receives one multipart part that has a media type of its own. Such parts are small and are kept in memory.
class TextSink : public util::ByteSink {
 public:
  explicit TextSink(std::size_t capacity) : capacity_(capacity) {}

  util::Status write(std::string_view bytes) override {
    if (bytes.size() > capacity_ - text_.size()) {
      return Error::of(ErrorCode::too_large, Fault{"", "the parts are longer than a question may be",
                                                   "at most " + std::to_string(longest_document) + " bytes together"});
    }
    text_.append(bytes);
    return {};
  }
  util::Status finish() override { return {}; }

  const std::string& text() const { return text_; }

 private:
  const std::size_t capacity_;
  std::string text_;
};

/// How many of the `longest_document` bytes remain for the next part, after the parts that were read before it.
std::size_t room_beside(const std::vector<http::UploadedPart>& parts) {
  std::size_t used = 0;
  for (const http::UploadedPart& part : parts) used += part.size_bytes;
  return longest_document - std::min(longest_document, used);
}

/// Reads the body as JSON where the media type says JSON, and as YAML where there is no media type.
util::Result<data::Node> read_document(const http::Request& request) {
  const std::string& type = request.media_type;
  const bool is_json = type == "application/json" || type == "text/json" || type.ends_with("+json");
  return task::parse_document(request.body, is_json ? "application/json" : type.empty() ? "application/yaml" : type);
}

bool is_ours(std::string_view name) { return !util::iequals(name, "RESPONSEFORMAT"); }

}  // namespace

util::Result<task::PlannerRequest> read_question(const http::Request& request) {
  std::vector<task::DottedValue> values;
  for (const http::Pairs* pairs : {&request.query, &request.form}) {
    for (const auto& [name, value] : *pairs) {
      if (is_ours(name)) values.push_back({name, value});
    }
  }
  for (const http::UploadedPart& part : request.parts) {
    const auto text = std::dynamic_pointer_cast<TextSink>(part.sink);
    if (text) values.push_back({part.name, text->text(), http::media_type_word(part.media_type)});
  }
  if (request.body.empty()) {
    ASSIGN_OR_RETURN(const data::Node tree, task::tree_of(values));
    return task::planner_request_of(tree);
  }
  if (!values.empty()) {
    return Error::of(ErrorCode::invalid_argument, Fault{util::for_display(values.front().name),
                                                        "is given together with a document", "one of the two"});
  }
  ASSIGN_OR_RETURN(const data::Node document, read_document(request));
  return task::planner_request_of(document);
}

util::Result<http::Response> planner_document(const http::Request& request, const data::Node& document,
                                              std::string_view xml_root) {
  const auto chosen =
      http::negotiate(request.headers.get("Accept"), {"application/json", "application/yaml", "application/xml",
                                                      "text/yaml", "application/x-yaml", "text/xml", "text/json"});
  if (!chosen) {
    return Error::of(ErrorCode::not_acceptable, Fault{"Accept", "names nothing that there is",
                                                      "application/json, application/yaml, application/xml"});
  }
  const auto of = [](std::string type, std::string body) {
    return http::Response::of(200, std::move(type), std::move(body));
  };
  http::Response response;
  switch (*chosen) {
    case 0:
      response = of("application/json", data::to_json(document));
      break;
    case 6:
      response = of("text/json", data::to_json(document));
      break;
    case 2:
    case 5: {
      data::XmlWriter xml;
      xml.open(xml_root);
      data::write_node(xml, document);
      response = of(*chosen == 2 ? "application/xml" : "text/xml", xml.finish());
      break;
    }
    default:
      response = of(*chosen == 1   ? "application/yaml"
                    : *chosen == 3 ? "text/yaml"
                                   : "application/x-yaml",
                    data::to_yaml(document));
  }
  response.headers.set("Vary", "Accept");
  response.headers.set("Cache-Control", "no-store");
  return response;
}

http::Route question_route(http::Handler handler) {
  return {.handler = std::move(handler),
          .body = http::BodyKind::form,
          .make_sink = [](const http::Request& head,
                          const http::PartHead&) -> util::Result<std::shared_ptr<util::ByteSink>> {
            return std::shared_ptr<util::ByteSink>(std::make_shared<TextSink>(room_beside(head.parts)));
          }};
}

void Accepts::add_routes(http::Router& router) {
  const http::Handler handler = [this](const RequestPtr& request, const http::Reply& reply) { answer(request, reply); };
  for (const char* path : {"/accepts", "/accept"}) {
    router.add(http::Method::get, path, {.handler = handler});
    router.add(http::Method::post, path, question_route(handler));
  }
}

void Accepts::answer(const RequestPtr& request, const http::Reply& reply) {
  const auto question = read_question(*request);
  if (!question.ok()) return reply.send(*request, question.error());
  planner_.ask(*question, request->identity, request->base_url, [request, reply](const Answer& answer) {
    auto response = planner_document(*request, to_node(answer), "planner-answer");
    if (!response.ok()) return reply.send(*request, response.error());
    reply.send(*std::move(response));
  });
}

}  // namespace planner
