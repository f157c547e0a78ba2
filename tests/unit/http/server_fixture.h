// A test fixture with an HTTP server on loopback that has a few routes.
#pragma once

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/http_client.h"
#include "fakes/http_fakes.h"
#include "http/server.h"

namespace http {

/// `more`: further headers, each with its line end.
inline std::string get_request(const std::string& target, const std::string& more = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
}

/// Keeps requests and their replies until the test takes them.
class Shelf {
 public:
  void put(std::shared_ptr<const Request> request, Reply reply) {
    const std::lock_guard lock(mutex_);
    held_.emplace_back(std::move(request), std::move(reply));
    changed_.notify_all();
  }
  /// Waits up to ten seconds for the next one.
  std::optional<std::pair<std::shared_ptr<const Request>, Reply>> take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(10), [this] { return !held_.empty(); })) return std::nullopt;
    auto first = std::move(held_.front());
    held_.erase(held_.begin());
    return first;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<std::shared_ptr<const Request>, Reply>> held_;
};

class ServerTest : public testing::Test {
 protected:
  ServerTest() { options.port = 0; }

  void SetUp() override { add_routes(); }
  void TearDown() override {
    server.reset();
    while (shelf.size() > 0) shelf.take();
  }

  std::uint16_t start() { return start(authenticator); }
  std::uint16_t start(Authenticator& who) {
    auto created = Server::create(options, router, who);
    EXPECT_TRUE(created.ok()) << (created.ok() ? "" : created.error().message);
    server = std::move(created).value();
    EXPECT_TRUE(server->start().ok());
    return server->port();
  }

  ServerOptions options;
  Router router;
  fakes::TrustingAuthenticator authenticator;
  Shelf shelf;
  std::vector<std::shared_ptr<fakes::TextSink>> sinks;
  std::mutex mutex;
  std::unique_ptr<Server> server;  // the last member, as it uses the others

 private:
  /// The request, as text.
  static std::string told(const Request& request) {
    std::string text = std::string(to_string(request.method)) + " " + request.path + "\n";
    for (const auto& [name, value] : request.path_values) text += "path " + name + "=" + value + "\n";
    for (const auto& [name, value] : request.query) text += "query " + name + "=" + value + "\n";
    for (const auto& [name, value] : request.form) text += "form " + name + "=" + value + "\n";
    for (const auto& part : request.parts) {
      text += "part " + part.name + " " + part.file_name + " " + part.media_type + " " +
              std::to_string(part.size_bytes) + "\n";
    }
    if (!request.body.empty()) text += "body " + request.body + "\n";
    if (!request.media_type.empty()) text += "type " + request.media_type + "\n";
    if (request.identity.user) text += "user " + *request.identity.user + "\n";
    return text;
  }

  void add_routes() {
    const Handler tell = [](const std::shared_ptr<const Request>& request, const Reply& reply) {
      reply.send(Response::text(200, told(*request)));
    };
    const auto make_sink = [this](const Request&, const PartHead&) -> util::Result<std::shared_ptr<util::ByteSink>> {
      const std::lock_guard lock(mutex);
      sinks.push_back(std::make_shared<fakes::TextSink>());
      return std::shared_ptr<util::ByteSink>(sinks.back());
    };
    router.add(Method::get, "/echo", {tell});
    router.add(Method::get, "/echo/{name}", {tell});
    router.add(Method::get, "/open", {.handler = tell, .needs_identity = false});
    router.add(Method::post, "/echo", {.handler = tell, .body = BodyKind::form, .make_sink = make_sink});
    router.add(Method::post, "/plain", {.handler = tell, .body = BodyKind::form});
    router.add(Method::put, "/document", {.handler = tell, .body = BodyKind::document});
    router.add(Method::put, "/stream", {.handler = tell, .body = BodyKind::stream, .make_sink = make_sink});
    router.add(Method::get, "/hold", {[this](const std::shared_ptr<const Request>& request, const Reply& reply) {
                 shelf.put(request, reply);
               }});
  }
};

}  // namespace http
