// A test fixture with the job tree behind a real HTTP server on loopback, and an empty database. The test changes the
// phases of jobs in place of the executor.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fakes/http_client.h"
#include "fakes/http_fakes.h"
#include "http/server.h"
#include "unit/uws_core/job_fixture.h"
#include "uws/core/stored_bytes.h"
#include "uws/rest/job_tree.h"
#include "uws/rest/vosi.h"

namespace uws::rest {

using namespace std::chrono_literals;
using fakes::eventually;
using Fields = std::vector<std::pair<std::string, std::string>>;

/// Builds a multipart/form-data body, part by part.
class Multipart {
 public:
  Multipart& field(const std::string& name, const std::string& value) {
    return part("Content-Disposition: form-data; name=\"" + name + "\"\r\n", value);
  }
  Multipart& file(const std::string& name, const std::string& bytes, const std::string& media_type) {
    return part(
        "Content-Disposition: form-data; name=\"" + name + "\"; filename=\"f\"\r\nContent-Type: " + media_type + "\r\n",
        bytes);
  }
  std::string body() const { return body_ + "--cut--\r\n"; }

 private:
  Multipart& part(const std::string& head, const std::string& content) {
    body_ += "--cut\r\n" + head + "\r\n" + content + "\r\n";
    return *this;
  }
  std::string body_;
};

/// A live view that calls `before_next` once, just before the next call of view().
class ScriptedLiveView : public fakes::FakeLiveView {
 public:
  std::shared_ptr<const LiveState> view(const JobId& id) const override {
    if (const auto act = std::exchange(before_next, nullptr)) act();
    return FakeLiveView::view(id);
  }
  mutable std::function<void()> before_next;
};

class TreeTest : public fakes::JobTest {
 protected:
  static constexpr const char* base = "http://test";

  void SetUp() override {
    JobTest::SetUp();
    service().start();
    serve();
  }
  void TearDown() override {
    server_.reset();
    JobTest::TearDown();
  }

  /// Starts the HTTP server anew, with these options.
  void serve(JobTreeOptions options = {.wait_cap = 20s, .abort_hold = 50ms}) {
    server_.reset();
    router_ = std::make_unique<http::Router>();
    tree_ = std::make_unique<JobTree>(service(), bytes(), live_, streams_, options);
    tree_->add_routes(*router_);
    vosi_ = std::make_unique<Vosi>(health_, VosiOptions{.lists = {"/jobs"}});
    vosi_->add_routes(*router_);
    if (add_more_) add_more_(*router_);
    server_ = server_of(authenticator_);
  }
  /// Another server for the same routes, with this authenticator.
  std::unique_ptr<http::Server> server_of(http::Authenticator& authenticator) {
    http::ServerOptions options;
    options.port = 0;
    auto server = http::Server::create(options, *router_, authenticator);
    if (!server.ok() || !server.value()->start().ok()) throw std::runtime_error("no server");
    return std::move(server).value();
  }
  /// Restarts the job service and the server, with the current options().
  void restart_service() {
    server_.reset();
    restart();
    service().start();
    serve();
  }

  std::uint16_t port() const { return server_->port(); }
  http::Router& router() { return *router_; }
  // --- requests of the user user_

  fakes::TestResponse ask(std::string_view method, const std::string& target, Fields headers = {},
                          std::string_view body = {}) {
    if (user_) headers.emplace_back("Authorization", "Basic " + *user_);
    fakes::TestClient client(port());
    return client.request(method, target, headers, body);
  }
  fakes::TestResponse get(const std::string& target, Fields headers = {}) {
    return ask("GET", target, std::move(headers));
  }
  fakes::TestResponse get_json(const std::string& target) { return get(target, {{"Accept", "application/json"}}); }
  fakes::TestResponse post(const std::string& target, std::string_view form = {}, Fields headers = {}) {
    headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return ask("POST", target, std::move(headers), form);
  }
  fakes::TestResponse post(const std::string& target, const Multipart& parts) {
    return ask("POST", target, {{"Content-Type", "multipart/form-data; boundary=cut"}}, parts.body());
  }
  /// Sends a GET without waiting for the response.
  void begin_get(fakes::TestClient& client, const std::string& target) {
    const std::string user = user_ ? "Authorization: Basic " + *user_ + "\r\n" : "";
    client.send("GET " + target + " HTTP/1.1\r\nHost: test\r\n" + user + "\r\n");
  }

  static std::string id_of(const fakes::TestResponse& response) {
    const std::string location = response.header("Location");
    return location.substr(location.rfind('/') + 1);
  }
  static std::string url(const JobId& id) { return std::string(base) + "/jobs/" + id; }
  static std::string path(const JobId& id) { return "/jobs/" + id; }
  JobId make(std::string_view form = "") {
    fakes::let_the_clock_tick();
    return id_of(post("/jobs", form));
  }
  std::string phase_word(const JobId& id) { return get(path(id) + "/phase").body; }

  // --- what the executor does

  Job start(const JobId& id) {
    Job job = claim(id).value();
    EXPECT_TRUE(executing(id, job.fence));
    return job;
  }
  void finish(const JobId& id, JobClaims::Ending ending) {
    const Job job = start(id);
    ending.end_time = util::now();
    EXPECT_TRUE(ended(id, job.fence, ending));
    released(id, job.fence);
  }
  ResultEntry result(std::string id, const std::string& text, std::string media_type, bool primary = false) {
    return {std::move(id), blob(text), std::move(media_type), text.size(), std::string(64, 'a'), primary};
  }
  /// Sets the live state of the job: its jobInfo, live results and quote.
  void show(const JobId& id, std::vector<LiveResult> results, data::Node info = data::Node::object(),
            std::optional<util::Instant> quote = std::nullopt) {
    live_.show(id, {std::move(info), std::move(results), quote, 0});
  }
  /// A COMPLETED job with these results.
  JobId completed(std::vector<ResultEntry> results) {
    const JobId id = make("PHASE=RUN");
    finish(id, {.results = std::move(results)});
    return id;
  }

  /// Inserts a job directly into the database, with this creation time.
  JobId found(const JobId& id, Phase phase, util::Instant creation_time = util::now()) {
    JobRow row;
    row.job.id = id;
    row.job.owner = "alice";
    row.job.phase = phase;
    row.job.creation_time = creation_time;
    row.job.version = 1;
    put(row);
    return id;
  }

  std::optional<std::string> user_ = "alice";
  std::function<void(http::Router&)> add_more_;  // adds further routes in serve()
  ScriptedLiveView live_;
  EventStreams streams_;
  fakes::FakeHealth health_;

  StoredBytes& bytes() {
    if (!bytes_) bytes_ = std::make_unique<StoredBytes>(blobs());
    return *bytes_;
  }

 private:
  fakes::TrustingAuthenticator authenticator_;
  std::unique_ptr<StoredBytes> bytes_;
  std::unique_ptr<http::Router> router_;
  std::unique_ptr<JobTree> tree_;
  std::unique_ptr<Vosi> vosi_;
  std::unique_ptr<http::Server> server_;
};

/// For tests whose database work does not depend on the database: the tests of uws_core run on both.
#define FOR_SQLITE(fixture)                                                              \
  INSTANTIATE_TEST_SUITE_P(Database, fixture, ::testing::Values(store::Dialect::sqlite), \
                           [](const ::testing::TestParamInfo<store::Dialect>&) { return "SQLite"; })

}  // namespace uws::rest
