// A planner with an HTTP server, made from the `planner` section of a configuration. The test says which images exist.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "config/section.h"
#include "fakes/http_client.h"
#include "fakes/http_fakes.h"
#include "http/server.h"
#include "planner/accepts.h"
#include "planner/job_list_service.h"
#include "planner/options.h"
#include "planner/planner.h"
#include "planner/type_pages.h"
#include "util/async.h"

namespace planner {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return text.str();
}

class World {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// `allowed`: patterns of the images that our own job list runs; empty: any image.
  explicit World(const std::string& yaml, std::vector<std::string> allowed = {})
      : options_(read(yaml)), admission_(policy(std::move(allowed)), addresses(), {}, options_.catalogue) {
    accepts_.add_routes(router_);
    pages_.add_routes(router_);
    http::ServerOptions options;
    options.port = 0;
    auto server = http::Server::create(options, router_, authenticator_);
    if (!server.ok() || !server.value()->start().ok()) throw std::runtime_error("no server");
    server_ = std::move(server).value();
  }

  fakes::TestResponse get(const std::string& target, const Headers& headers = {}) {
    fakes::TestClient client(server_->port());
    return client.request("GET", target, headers, "");
  }
  fakes::TestResponse post(const std::string& body, const std::string& media_type = "application/json",
                           const std::string& accept = "*/*") {
    fakes::TestClient client(server_->port());
    Headers headers{{"Accept", accept}};
    if (!media_type.empty()) headers.emplace_back("Content-Type", media_type);
    return client.request("POST", "/accepts", headers, body);
  }

  /// Posts a question with these headers; they may name the user.
  fakes::TestResponse post_as(const std::string& body, const Headers& headers) {
    fakes::TestClient client(server_->port());
    return client.request("POST", "/accepts", headers, body);
  }

  std::string url() const { return "http://test"; }

  std::optional<std::chrono::seconds> start{0};            // the time after which any task would start
  util::Status quota;                                      // the result of every check of a quota
  std::map<std::string, executor::ImageKnowledge> images;  // by full name; other images are not found
  int looks = 0;

 private:
  static Options read(const std::string& yaml) {
    const auto document = data::parse_yaml(yaml);
    if (!document.ok()) throw std::runtime_error(document.error().message);
    config::Faults faults;
    const config::Section whole(&document.value(), "", 1);
    config::Reader root(whole, faults);
    Options options = read_options(root, faults);
    if (!faults.empty()) throw std::runtime_error(config::to_string(faults.front(), "test"));
    return options;
  }
  static uws::JobOptions jobs() {
    uws::JobOptions options;
    options.max_execution_duration = std::chrono::hours(24);
    return options;
  }
  void find(const task::ImageReference& image, const executor::ImageBook::Found& found) {
    ++looks;
    const auto known = images.find(image.to_string());
    if (known != images.end()) return found(known->second);
    found(
        {std::nullopt, util::Error::of(util::ErrorCode::not_found, "the registry has no image " + image.to_string())});
  }

  static task::Policy policy(std::vector<std::string> allowed) {
    task::PolicyOptions options;
    options.any_image = allowed.empty();
    options.images = std::move(allowed);
    return task::Policy(options);
  }
  static std::shared_ptr<const net::AddressPolicy> addresses() {
    return std::make_shared<const net::AddressPolicy>(*net::AddressPolicy::create({}));
  }

  Options options_;
  executor::Admission admission_;
  JobListService own_{admission_, jobs(), [this](const uws::Owner&, const util::Callback<void>& done) { done(quota); },
                      [this](const uws::Owner&, const ledger::Resources&, const auto& done) { done(start); }};
  Planner planner_{options_, own_,
                   [this](const task::ImageReference& image, executor::ImageBook::Found found) { find(image, found); }};
  Accepts accepts_{planner_};
  TypePages pages_{planner_};
  http::Router router_;
  fakes::TrustingAuthenticator authenticator_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace planner
