#include "conformance/service.h"

#include <algorithm>
#include <future>
#include <thread>

#include "util/text.h"

namespace conformance {
namespace {

/// Scheme, host and port.
std::string origin_of(const std::string& url) { return url.substr(0, url.find('/', url.find("://") + 3)); }

/// Resolves a Location against the URL `base`.
std::string absolute(const std::string& base, const std::string& location) {
  if (location.find("://") != std::string::npos) return location;
  if (location.starts_with('/')) return origin_of(base) + location;
  const std::string path = base.substr(0, base.find('?'));
  return path.substr(0, std::max(path.rfind('/'), origin_of(base).size())) + "/" + location;
}

const std::set<std::string>& ended() {
  static const std::set<std::string> phases{"COMPLETED", "ERROR", "ABORTED", "ARCHIVED"};
  return phases;
}

}  // namespace

void require(bool holds, const std::string& why) {
  if (!holds) throw CheckFailed{why};
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view local_name) {
  for (const pugi::xml_node& candidate : node.children()) {
    const std::string_view name = candidate.name();
    const auto colon = name.find(':');
    if (name.substr(colon == name.npos ? 0 : colon + 1) == local_name) return candidate;
  }
  return {};
}

Service::Service(net::Client& client, Options options) : client_(client), options_(std::move(options)) {
  while (options_.url.ends_with('/')) options_.url.pop_back();
  if (options_.jobs.empty()) options_.jobs = options_.url + "/jobs";
}

Service::~Service() {
  for (const std::string& job : made_) {
    try {
      request("DELETE", job);
    } catch (const CheckFailed&) {
      // An unreachable service was reported by the check itself; a destructor must not throw.
    }
  }
}

net::Response Service::send(const std::string& method, const std::string& url, const Pairs& headers, std::string body) {
  net::Call call;
  call.method = method;
  call.url = url;
  call.body = std::move(body);
  call.headers = headers;
  const std::string origin = origin_of(url);
  const bool is_the_service = origin == origin_of(options_.url) || origin == origin_of(options_.jobs);
  if (is_the_service && !options_.authorization.empty())
    call.headers.emplace_back("Authorization", options_.authorization);
  call.timeout = options_.timeout;
  std::promise<util::Result<net::Response>> promise;
  client_.start(std::move(call), [&](util::Result<net::Response> answer) { promise.set_value(std::move(answer)); });
  auto answer = promise.get_future().get();
  if (!answer.ok()) throw CheckFailed{method + " " + url + ": " + answer.error().message};
  return *std::move(answer);
}

net::Response Service::request(const std::string& method, const std::string& url, const std::string& body,
                               const std::string& media_type, const std::string& accept) {
  Pairs headers{{"Accept", accept}};
  if (!media_type.empty()) headers.emplace_back("Content-Type", media_type);
  return send(method, url, headers, body);
}

std::string form_of(const Pairs& pairs) {
  std::string body;
  for (const auto& [name, value] : pairs) {
    body += (body.empty() ? "" : "&") + util::percent_encode(name) + "=" + util::percent_encode(value);
  }
  return body;
}

net::Response Service::post_form(const std::string& url, const Pairs& pairs) {
  return request("POST", url, form_of(pairs), form_media_type);
}

std::string Service::create(const Pairs& pairs) {
  const net::Response answer = post_form(jobs_url(), pairs);
  std::string job = made(jobs_url(), answer);
  require(!job.empty(), "POST of a job is answered with " + std::to_string(answer.status) + ": " +
                            util::for_display(answer.body, 300));
  return job;
}

std::string Service::made(const std::string& asked, const net::Response& answer) {
  const std::string* location = answer.header("location");
  if (answer.status != 303 || location == nullptr) return {};
  made_.push_back(absolute(asked, *location));
  return made_.back();
}

pugi::xml_document Service::job(const std::string& url) {
  const net::Response answer = request("GET", url, {}, {}, "text/xml, application/xml");
  require(answer.status == 200, "GET of a job is answered with " + std::to_string(answer.status));
  pugi::xml_document document;
  require(static_cast<bool>(document.load_string(answer.body.c_str())), "the job's document is not XML");
  require(static_cast<bool>(child(document, "job")), "the document has no element job");
  return document;
}

std::string Service::phase(const std::string& url) {
  const pugi::xml_document document = job(url);
  return child(child(document, "job"), "phase").text().get();
}

std::string Service::wait_for(const std::string& url, const std::set<std::string>& phases) {
  const auto deadline = std::chrono::steady_clock::now() + options_.timeout;
  std::string now = phase(url);
  while (!phases.contains(now)) {
    require(!ended().contains(now), "the job ends as " + now);
    require(std::chrono::steady_clock::now() < deadline, "the job is still " + now);
    // A service that does not implement WAIT answers at once.
    const auto asked = std::chrono::steady_clock::now();
    request("GET", std::string(url).append("?WAIT=2&PHASE=").append(now));
    if (std::chrono::steady_clock::now() - asked < std::chrono::milliseconds(200)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    now = phase(url);
  }
  return now;
}

std::string Service::result(const std::string& url, const std::string& name) {
  const pugi::xml_document document = job(url);
  for (const pugi::xml_node& result : child(child(document, "job"), "results").children()) {
    if (std::string_view(result.attribute("id").value()) != name) continue;
    const auto is_href = [](const pugi::xml_attribute& attribute) {
      return std::string_view(attribute.name()).ends_with("href");
    };
    const net::Response answer = request("GET", absolute(url, result.find_attribute(is_href).value()));
    require(answer.status == 200, "the result " + name + " is answered with " + std::to_string(answer.status));
    return answer.body;
  }
  throw CheckFailed{"the job has no result " + name};
}

}  // namespace conformance
