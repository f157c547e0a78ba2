#include "uws/rest/document_controls.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "data/node.h"
#include "util/text.h"

namespace uws::rest {
namespace {

using data::Kind;
using data::Node;

bool is_control(std::string_view name) {
  constexpr std::array<std::string_view, 6> controls{"phase",       "runId", "executionDuration",
                                                     "destruction", "share", "action"};
  return std::any_of(controls.begin(), controls.end(),
                     [&](std::string_view control) { return util::iequals(control, name); });
}

}  // namespace

util::Result<std::optional<http::Request>> without_document_controls(const http::Request& request) {
  if (request.body.empty()) return std::optional<http::Request>();
  // The same limits as for a task.
  const data::Limits limits{.bytes = 256U << 10U, .depth = 16, .nodes = 20'000};
  const auto document = data::parse_document(request.body, request.media_type, limits);
  // Faults of the document are reported by the code that reads the task.
  if (!document.ok() || !document->is_object()) return std::optional<http::Request>();
  http::Request plain = request;
  Node task = Node::object();
  bool found = false;
  for (const auto& [name, value] : document->members()) {
    if (!is_control(name)) {
      task.set(name, value);
      continue;
    }
    found = true;
    if (value.is_null()) continue;  // our own documents have null for what is not set
    if (!value.as_string() && value.kind() != Kind::number) {
      return util::Error::of(util::ErrorCode::invalid_argument,
                             util::Fault{util::to_upper(name), "is neither a text nor a number", "one value"});
    }
    plain.form.emplace_back(util::to_upper(name), value.text());
  }
  if (!found) return std::optional<http::Request>();
  plain.body.clear();
  plain.media_type.clear();
  if (!task.members().empty()) {
    // Written in the language that it came in: an unquoted YAML scalar may be read as a text or a number, and JSON
    // would fix it to one of them.
    const bool is_json = *data::language_of(request.body, request.media_type) == data::Language::json;
    plain.body = is_json ? data::to_json(task) : data::to_yaml(task);
    plain.media_type = is_json ? "application/json" : "application/yaml";
  }
  return std::optional(std::move(plain));
}

}  // namespace uws::rest
