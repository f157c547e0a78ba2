#include "planner/type_pages.h"

#include <memory>
#include <utility>

#include "http/page.h"
#include "task/built_in_texts.h"
#include "util/text.h"

namespace planner {
namespace {

using data::Node;
using http::html_element;
using http::html_link;
using http::html_text;
using RequestPtr = std::shared_ptr<const http::Request>;

constexpr const char* container_task_path = "/schemas/container-task.schema.json";

/// The JSON Schema of a container task; its $id is the URL at which this service serves it.
Node container_task_schema(const std::string& base_url) {
  static const Node schema = data::parse_json(task::container_task_schema_text).value();
  Node named = schema;
  named.set("$id", Node::string(base_url + container_task_path));
  return named;
}

/// Whether the taskinfo of this type is itself a complete container task.
bool is_container_task(const task::TaskType& type) { return !type.taskinfo && type.task && type.task->is_identity(); }

bool has_schema(const task::TaskType& type) { return type.taskinfo || is_container_task(type); }

std::string schema_of(const task::TaskType& type, const std::string& base_url) {
  return data::to_json(type.taskinfo ? type.taskinfo->source() : container_task_schema(base_url));
}

/// Every name that the planner accepts for this type.
template <typename Type>
std::vector<std::string> spellings(const task::Catalogue& catalogue, const Type& type, const std::string& base_url) {
  std::vector<std::string> all{catalogue.uri_of(type, base_url), "uri://" + type.name, type.name};
  all.insert(all.end(), type.aliases.begin(), type.aliases.end());
  return all;
}

template <typename Type>
Node described(const task::Catalogue& catalogue, const Type& type, const std::string& base_url) {
  Node node = Node::object();
  node.set("name", Node::string(type.name));
  node.set("uri", Node::string(catalogue.uri_of(type, base_url)));
  node.set("title", Node::string(type.title));
  node.set("description", Node::string(type.description));
  node.set("spellings", Node::strings(spellings(catalogue, type, base_url)));
  return node;
}

Node task_type_node(const task::Catalogue& catalogue, const task::TaskType& type, const std::string& base_url) {
  Node node = described(catalogue, type, base_url);
  node.set("runs", Node::boolean(catalogue.runs(type) != nullptr));
  if (type.taskinfo) node.set("taskinfo", type.taskinfo->source());
  if (has_schema(type)) node.set("schema", Node::string(base_url + "/task-types/" + type.name + "/taskinfo"));
  return node;
}

template <typename Type>
std::string page_of(const task::Catalogue& catalogue, const Type& type, const std::string& base_url,
                    const std::string& more) {
  std::string names;
  for (const std::string& name : spellings(catalogue, type, base_url)) names += html_element("li", html_text(name));
  return http::html_page(type.title, html_element("p", html_text(type.description)) + more +
                                         html_element("h2", "Names") + html_element("ul", names));
}

std::string task_type_page(const task::Catalogue& catalogue, const task::TaskType& type, const std::string& base_url) {
  std::string more =
      html_element("p", catalogue.runs(type) != nullptr ? "This service runs tasks of this type: post them to " +
                                                              html_link(base_url + "/jobs", base_url + "/jobs") + "."
                                                        : "This service does not run tasks of this type itself.");
  if (has_schema(type)) {
    const std::string schema = base_url + "/task-types/" + type.name + "/taskinfo";
    more += html_element("h2", "taskinfo");
    if (type.taskinfo) more += html_element("pre", html_text(data::to_yaml(type.taskinfo->source())));
    more += html_element("p", "For programs: " + html_link(schema, "JSON Schema") + ".");
  }
  return page_of(catalogue, type, base_url, more);
}

/// A page that lists the types, with a link to the page of each.
template <typename Type>
std::string list_page(const task::Catalogue& catalogue, const std::vector<Type>& types, const std::string& title,
                      const std::string& base_url) {
  std::string items;
  for (const Type& type : types) {
    items += html_element("li", html_link(catalogue.uri_of(type, base_url), type.title));
  }
  return http::html_page(title, html_element("ul", items));
}

/// The list of task types. For administrators also the unknown task types that were asked for, with their counts.
Node task_types_node(const Planner& planner, const http::Request& request) {
  const task::Catalogue& catalogue = planner.catalogue();
  Node types = Node::array();
  for (const task::TaskType& type : catalogue.task_types()) {
    types.push(task_type_node(catalogue, type, request.base_url));
  }
  Node document = Node::object();
  document.set("task_types", std::move(types));
  if (request.identity.administrator) {
    Node unknown = Node::array();
    for (const UnknownTypes::Entry& entry : planner.unknown_types().entries()) {
      Node node = Node::object();
      node.set("tasktype", Node::string(entry.uri));
      node.set("count", Node::number(static_cast<std::int64_t>(entry.count)));
      node.set("last", Node::string(util::to_iso(entry.last)));
      unknown.push(std::move(node));
    }
    document.set("unknown", std::move(unknown));
  }
  return document;
}

Node service_types_node(const task::Catalogue& catalogue, const std::string& base_url) {
  Node types = Node::array();
  for (const task::ServiceType& type : catalogue.service_types()) types.push(described(catalogue, type, base_url));
  Node document = Node::object();
  document.set("service_types", std::move(types));
  return document;
}

}  // namespace

void TypePages::add_routes(http::Router& router) const {
  const Planner& planner = planner_;
  const task::Catalogue& catalogue = planner.catalogue();
  // The pages of types are public: they need no authentication.
  const auto add = [&](const std::string& path, http::Handler handler) {
    router.add(http::Method::get, path, {.handler = std::move(handler), .needs_identity = false});
  };
  // The list of task types shows administrators more, so it needs the caller's identity.
  const http::Handler list = [&planner, &catalogue](const RequestPtr& request, const http::Reply& reply) {
    reply.send(http::page_or_json(
        *request, [&] { return list_page(catalogue, catalogue.task_types(), "Task types", request->base_url); },
        [&] { return data::to_json(task_types_node(planner, *request)); }));
  };
  router.add(http::Method::get, "/task-types", {.handler = list});
  add("/service-types", [&catalogue](const RequestPtr& request, const http::Reply& reply) {
    reply.send(http::page_or_json(
        *request, [&] { return list_page(catalogue, catalogue.service_types(), "Service types", request->base_url); },
        [&] { return data::to_json(service_types_node(catalogue, request->base_url)); }));
  });
  for (const task::TaskType& type : catalogue.task_types()) {
    add("/task-types/" + type.name, [&catalogue, &type](const RequestPtr& request, const http::Reply& reply) {
      reply.send(http::page_or_json(
          *request, [&] { return task_type_page(catalogue, type, request->base_url); },
          [&] { return data::to_json(task_type_node(catalogue, type, request->base_url)); }));
    });
    if (!has_schema(type)) continue;
    add("/task-types/" + type.name + "/taskinfo", [&type](const RequestPtr& request, const http::Reply& reply) {
      reply.send(http::shown_document("application/schema+json", schema_of(type, request->base_url)));
    });
  }
  add(container_task_path, [](const RequestPtr& request, const http::Reply& reply) {
    reply.send(
        http::shown_document("application/schema+json", data::to_json(container_task_schema(request->base_url))));
  });
  for (const task::ServiceType& type : catalogue.service_types()) {
    add("/service-types/" + type.name, [&catalogue, &type](const RequestPtr& request, const http::Reply& reply) {
      reply.send(http::page_or_json(
          *request, [&] { return page_of(catalogue, type, request->base_url, ""); },
          [&] { return data::to_json(described(catalogue, type, request->base_url)); }));
    });
  }
}

}  // namespace planner
