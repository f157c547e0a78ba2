#include <utility>

#include "data/node.h"
#include "uws/rest/documents.h"

namespace uws::rest {
namespace {

using data::Node;

Node text_or_null(const std::optional<std::string>& text) { return text ? Node::string(*text) : Node::null(); }
Node instant_or_null(const std::optional<util::Instant>& instant) {
  return instant ? Node::string(util::to_iso(*instant)) : Node::null();
}

Node parameters_node(const JobView& view) {
  Node list = Node::array();
  for (const Parameter& parameter : view.job().parameters) {
    Node item = Node::object();
    item.set("id", Node::string(parameter.name));
    item.set("value", Node::string(parameter.by_reference ? view.parameter_url(parameter.name) : parameter.value));
    item.set("byReference", Node::boolean(parameter.by_reference));
    list.push(std::move(item));
  }
  return list;
}

Node results_node(const JobView& view) {
  Node list = Node::array();
  for (const ResultView& result : view.results()) {
    Node item = Node::object();
    item.set("id", Node::string(result.id));
    item.set("href", Node::string(result.href));
    item.set("size", result.size_bytes ? Node::number(static_cast<std::int64_t>(*result.size_bytes)) : Node::null());
    item.set("mimeType", result.media_type.empty() ? Node::null() : Node::string(result.media_type));
    if (!result.path.empty()) item.set("path", Node::string(result.path));
    if (!result.sha256.empty()) item.set("sha256", Node::string(result.sha256));
    list.push(std::move(item));
  }
  return list;
}

Node error_node(const std::optional<ErrorSummary>& error) {
  if (!error) return Node::null();
  Node node = Node::object();
  node.set("type", Node::string(error->fatal ? "fatal" : "transient"));
  node.set("hasDetail", Node::boolean(!error->detail.empty()));
  node.set("message", Node::string(error->message));
  if (!error->code.empty()) node.set("code", Node::string(error->code));
  return node;
}

Node reference_node(const JobReference& job, std::string_view jobs_url) {
  Node item = Node::object();
  item.set("jobId", Node::string(job.id));
  item.set("href", Node::string(std::string(jobs_url) + "/" + job.id));
  item.set("phase", Node::string(std::string(to_string(job.phase))));
  item.set("runId", text_or_null(job.run_id));
  item.set("ownerId", text_or_null(job.owner));
  item.set("creationTime", Node::string(util::to_iso(job.creation_time)));
  return item;
}

class JsonList : public ListDocument {
 public:
  explicit JsonList(std::string jobs_url) : jobs_url_(std::move(jobs_url)) {}

  std::string add(const std::vector<JobReference>& jobs) override {
    std::string text = begin();
    for (const JobReference& job : jobs) {
      if (std::exchange(has_jobs_, true)) text += ',';
      text += data::to_json(reference_node(job, jobs_url_));
    }
    return text;
  }
  std::string end(const std::optional<std::string>& next) override {
    return begin() + "],\"next\":" + data::to_json(text_or_null(next)) + "}";
  }

 private:
  std::string begin() { return std::exchange(begun_, true) ? "" : R"({"version":"1.1","jobs":[)"; }

  const std::string jobs_url_;
  bool begun_ = false;
  bool has_jobs_ = false;
};

}  // namespace

std::string job_json(const JobView& view) {
  const Job& job = view.job();
  Node node = Node::object();
  node.set("version", Node::string("1.1"));
  node.set("jobId", Node::string(job.id));
  node.set("runId", text_or_null(job.run_id));
  node.set("ownerId", text_or_null(job.owner));
  node.set("phase", Node::string(std::string(to_string(job.phase))));
  node.set("quote", instant_or_null(view.quote()));
  node.set("creationTime", Node::string(util::to_iso(job.creation_time)));
  node.set("startTime", instant_or_null(job.start_time));
  node.set("endTime", instant_or_null(job.end_time));
  node.set("executionDuration", Node::number(std::int64_t{job.execution_duration.count()}));
  node.set("destruction", instant_or_null(job.destruction));
  node.set("parameters", parameters_node(view));
  node.set("results", results_node(view));
  node.set("errorSummary", error_node(job.error));
  node.set("jobInfo", view.info());
  return data::to_json(node);
}

std::unique_ptr<ListDocument> list_json(std::string jobs_url) {
  return std::make_unique<JsonList>(std::move(jobs_url));
}

std::string reference_json(const JobReference& job, std::string_view jobs_url) {
  return data::to_json(reference_node(job, jobs_url));
}

std::string parameters_json(const JobView& view) {
  Node node = Node::object();
  node.set("parameters", parameters_node(view));
  return data::to_json(node);
}

std::string results_json(const JobView& view) {
  Node node = Node::object();
  node.set("results", results_node(view));
  return data::to_json(node);
}

std::string availability_json(const Health::Report& report, util::Instant up_since) {
  Node node = Node::object();
  node.set("available", Node::boolean(report.available));
  node.set("upSince", Node::string(util::to_iso(up_since)));
  node.set("notes", Node::strings(report.notes));
  return data::to_json(node);
}

std::string capabilities_json(const std::vector<Capability>& capabilities) {
  Node list = Node::array();
  for (const Capability& capability : capabilities) {
    Node methods = Node::array();
    for (const std::string& method : capability.security_methods) {
      methods.push(method.empty() ? Node::null() : Node::string(method));
    }
    Node item = Node::object();
    if (!capability.standard_id.empty()) item.set("standardID", Node::string(capability.standard_id));
    if (!capability.description.empty()) item.set("description", Node::string(capability.description));
    item.set("accessURL", Node::string(capability.access_url));
    item.set("securityMethods", std::move(methods));
    list.push(std::move(item));
  }
  Node node = Node::object();
  node.set("capabilities", std::move(list));
  return data::to_json(node);
}

}  // namespace uws::rest
