#include <array>
#include <utility>

#include "apps/documents.h"
#include "data/node.h"

namespace apps {
namespace {

using data::Node;
using task::Application;
using task::Declaration;
using task::ValueType;

/// Members of a document that concern the job, not the parameters of the application (docs/uws-contract.md, U66).
constexpr std::array<std::pair<const char*, const char*>, 5> controls{
    {{"phase", "RUN: the job is to run"},
     {"runId", "a name of the client's for the job"},
     {"executionDuration", "seconds that it may run; 0: the longest allowed"},
     {"destruction", "until when it is kept, ISO 8601"},
     {"share", "a group whose members may look at it"}}};

/// The text as a JSON value of the parameter's type; a string if it cannot be read as that.
Node typed(const Declaration& parameter, const std::string& text) {
  if (parameter.type == ValueType::string) return Node::string(text);
  if (parameter.type == ValueType::boolean) return Node::boolean(task::parse_boolean(text).value_or(false));
  const auto number = data::parse_json(text);
  return number.ok() ? *number : Node::string(text);
}

Node value_schema(const Declaration& parameter) {
  Node schema = Node::object();
  schema.set("type", Node::string(std::string(to_string(parameter.type))));
  const auto bound = [&](const char* key, const std::optional<double>& number) {
    if (number) schema.set(key, Node::number(*number));
  };
  bound("minimum", parameter.minimum);
  bound("maximum", parameter.maximum);
  if (parameter.type == ValueType::string) schema.set("maxLength", Node::number(parameter.max_length));
  if (!parameter.values.empty()) {
    Node values = Node::array();
    for (const std::string& value : parameter.values) values.push(typed(parameter, value));
    schema.set("enum", std::move(values));
  }
  return schema;
}

Node parameter_schema(const Declaration& parameter) {
  Node schema = value_schema(parameter);
  if (parameter.multiple) {
    Node list = Node::object();
    list.set("type", Node::string("array"));
    list.set("items", std::move(schema));
    if (parameter.required) list.set("minItems", Node::number(std::int64_t{1}));
    schema = std::move(list);
  }
  if (!parameter.help.empty()) schema.set("description", Node::string(parameter.help));
  if (parameter.default_value) {
    Node value = typed(parameter, *parameter.default_value);
    if (parameter.multiple) {
      Node values = Node::array();
      values.push(std::move(value));
      value = std::move(values);
    }
    schema.set("default", std::move(value));
  }
  return schema;
}

Node parameter_node(const Declaration& parameter) {
  Node node = Node::object();
  node.set("name", Node::string(parameter.name));
  node.set("help", Node::string(parameter.help));
  node.set("type", Node::string(std::string(to_string(parameter.type))));
  node.set("accepted", Node::string(accepted_values(parameter)));
  node.set("default", parameter.default_value ? Node::string(*parameter.default_value) : Node::null());
  node.set("required", Node::boolean(parameter.required));
  node.set("multiple", Node::boolean(parameter.multiple));
  node.set("upload", Node::boolean(parameter.is_staged()));
  return node;
}

Node head(const Application& application, const std::string& base_url) {
  const std::string page = page_url(application, base_url);
  Node node = Node::object();
  node.set("name", Node::string(application.name));
  node.set("title", Node::string(application.title));
  node.set("description", Node::string(application.description));
  node.set("page", Node::string(page));
  node.set("jobs", Node::string(base_url + application.path));
  node.set("sync", Node::string(base_url + application.folder() + "/sync"));
  return node;
}

}  // namespace

std::string page_url(const Application& application, const std::string& base_url) {
  return base_url + "/apps/" + application.name;
}

std::string list_json(const task::Applications& applications, const std::string& base_url) {
  Node list = Node::array();
  for (const Application& application : applications) list.push(head(application, base_url));
  Node node = Node::object();
  node.set("applications", std::move(list));
  return data::to_json(node);
}

std::string application_json(const Application& application, const std::string& base_url) {
  Node node = head(application, base_url);
  const std::string page = page_url(application, base_url);
  node.set("schema", Node::string(page + "/schema"));
  node.set("descriptionDocument", Node::string(page + "/description"));
  Node parameters = Node::array();
  for (const Declaration& parameter : application.parameters) parameters.push(parameter_node(parameter));
  node.set("parameters", std::move(parameters));
  return data::to_json(node);
}

std::string schema_json(const Application& application, const std::string& base_url) {
  Node properties = Node::object();
  Node required = Node::array();
  for (const Declaration& parameter : application.parameters) {
    properties.set(parameter.name, parameter_schema(parameter));
    if (parameter.required) required.push(Node::string(parameter.name));
  }
  for (const auto& [name, help] : controls) {
    if (application.declaration(name) != nullptr) continue;
    Node control = Node::object();
    control.set("description", Node::string(help));
    properties.set(std::string(name), std::move(control));
  }
  Node node = Node::object();
  node.set("$schema", Node::string("https://json-schema.org/draft/2020-12/schema"));
  node.set("$id", Node::string(page_url(application, base_url) + "/schema"));
  node.set("title", Node::string(application.title));
  if (!application.description.empty()) node.set("description", Node::string(application.description));
  node.set("type", Node::string("object"));
  node.set("properties", std::move(properties));
  if (!required.items().empty()) node.set("required", std::move(required));
  node.set("additionalProperties", Node::boolean(application.ignore_unknown));
  return data::to_json(node);
}

}  // namespace apps
