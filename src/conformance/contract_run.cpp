#include "conformance/contract_run.h"

#include <algorithm>
#include <set>

#include <pugixml.hpp>

#include "conformance/contract_pattern.h"
#include "conformance/service.h"
#include "data/node.h"
#include "util/text.h"

namespace conformance {
namespace {

constexpr std::size_t most_shown = 300;

void remove_prefixes(pugi::xml_node node) {
  const auto local = [](const char* name) {
    const std::string_view whole = name;
    const auto colon = whole.find(':');
    return std::string(colon == whole.npos ? whole : whole.substr(colon + 1));
  };
  for (pugi::xml_attribute attribute : node.attributes()) attribute.set_name(local(attribute.name()).c_str());
  for (pugi::xml_node child : node.children()) {
    if (child.type() == pugi::node_element) child.set_name(local(child.name()).c_str());
    remove_prefixes(child);
  }
}

std::string in_xml(const std::string& body, const std::string& path) {
  pugi::xml_document document;
  require(static_cast<bool>(document.load_buffer(body.data(), body.size())), "the body is not XML");
  remove_prefixes(document);
  try {
    return pugi::xpath_query(path.c_str()).evaluate_string(document);
  } catch (const pugi::xpath_exception& e) {
    throw CheckFailed{path + " is no XPath: " + e.what()};
  }
}

std::string in_json(const std::string& body, std::string_view pointer) {
  const auto document = data::parse_json(body);
  require(document.ok(), "the body is not JSON");
  const data::Node* node = &*document;
  for (std::string_view key : util::split(pointer.substr(std::min<std::size_t>(1, pointer.size())), '/')) {
    const auto index = util::parse_unsigned(key);
    const data::Node* next = node->find(key);
    if (next == nullptr && node->is_array() && index && *index < node->items().size()) next = &node->items()[*index];
    if (next == nullptr) return "(nothing)";
    node = next;
  }
  return node->is_scalar() ? node->text() : data::to_json(*node);
}

/// Runs the steps of one case, in order.
class Run {
 public:
  explicit Run(Service& service) : service_(service) {
    variables_.set("url", service.options().url);
    variables_.set("jobs", service.jobs_url());
    variables_.set("image", service.options().image);
  }

  void operator()(const ContractRequest& request) {
    Pairs headers;
    for (const auto& [name, value] : request.headers) headers.emplace_back(name, variables_.fill(value));
    const auto type = std::find_if(headers.begin(), headers.end(),
                                   [](const auto& header) { return util::iequals(header.first, "content-type"); });
    std::string body;
    if (type == headers.end() && request.method == "POST") {
      headers.emplace_back("Content-Type", form_media_type);
      body = form_of(pairs_of(request.body));
    } else {
      const bool is_multipart = type != headers.end() && type->second.starts_with("multipart/");
      body = joined(request.body, is_multipart ? "\r\n" : "\n") + (is_multipart ? "\r\n" : "");
    }
    const std::string url = variables_.fill(request.target);
    answer_ = service_.send(request.method, url, headers, std::move(body));
    if (request.method == "POST") remember_job();
  }

  void operator()(const ContractStatus& expected) const {
    if (std::find(expected.accepted.begin(), expected.accepted.end(), answer_.status) != expected.accepted.end())
      return;
    std::string statuses;
    for (const long status : expected.accepted) statuses += (statuses.empty() ? "" : " or ") + std::to_string(status);
    throw CheckFailed{"the status is " + std::to_string(answer_.status) + ", and not " + statuses + ": " +
                      util::for_display(answer_.body, most_shown)};
  }

  void operator()(const ContractHeader& expected) {
    const std::string* value = answer_.header(util::to_lower(expected.name));
    if (expected.is_absent) return require(value == nullptr, "there is a " + expected.name);
    require(value != nullptr, "there is no " + expected.name);
    require(variables_.match(expected.pattern, *value),
            expected.name + " is '" + util::for_display(*value, most_shown) + "'");
  }

  void operator()(const ContractPlace& expected) {
    const std::string found = at(variables_.fill(expected.place));
    const bool is_there = expected.is_whole ? variables_.match(expected.expected, found)
                                            : found.find(variables_.fill(expected.expected)) != found.npos;
    require(is_there, variables_.fill(expected.place) + " is '" + util::for_display(found, most_shown) + "'");
  }

  void operator()(const ContractWait& wait) {
    service_.wait_for(variables_.fill(wait.target), {wait.phases.begin(), wait.phases.end()});
  }

 private:
  Pairs pairs_of(const std::vector<std::string>& lines) const {
    Pairs pairs;
    for (const std::string& line : lines) {
      const std::string pair = variables_.fill(line);
      const auto equals = std::min(pair.find('='), pair.size());
      pairs.emplace_back(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    }
    return pairs;
  }

  std::string joined(const std::vector<std::string>& lines, const std::string& by) const {
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "" : by) + variables_.fill(lines[i]);
    return text;
  }

  std::string at(const std::string& place) const {
    if (place == "text") return answer_.body;
    const std::string* type = answer_.header("content-type");
    const bool is_json = type != nullptr && type->find("json") != type->npos;
    return is_json ? in_json(answer_.body, place) : in_xml(answer_.body, place);
  }

  /// Remembers the job to which a redirect leads. This works for /sync, too: its jobs are also below the job list.
  void remember_job() {
    const std::string* location = answer_.header("location");
    if (answer_.status != 303 || location == nullptr) return;
    const std::string last = location->substr(location->rfind('/') + 1);
    if (*location == service_.jobs_url() || !made_.insert(last).second) return;
    service_.remember(service_.jobs_url() + "/" + last);
  }

  Service& service_;
  Variables variables_;
  net::Response answer_;
  std::set<std::string> made_;
};

}  // namespace

std::optional<std::string> run_case(net::Client& client, const Options& options, const ContractCase& contract_case) {
  Service service(client, options);
  Run run(service);
  for (const ContractStep& step : contract_case.steps) {
    try {
      std::visit(run, step.what);
    } catch (const CheckFailed& broken) {
      return "line " + std::to_string(step.line) + ": " + broken.why;
    }
  }
  return std::nullopt;
}

}  // namespace conformance
