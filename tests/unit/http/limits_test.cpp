// Tests the limits for one client, by address and by owner: the counters alone, and through a socket.
#include "http/limits.h"

#include <gmock/gmock.h>

#include "server_fixture.h"

namespace http {
namespace {

using fakes::TestClient;
using fakes::TestResponse;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr Share two_of_each{.connections = 2, .requests = 2, .uploads = 2, .creations_per_minute = 2};

// ---- Counting ------------------------------------------------------------------------------------------------------

TEST(Quota, GivesNoMoreThanTheShareAndTakesBack) {
  Quota quota("per_owner", two_of_each, 100);
  auto first = quota.take("ann", Quota::Kind::request);
  auto second = quota.take("ann", Quota::Kind::request);
  ASSERT_TRUE(first.ok() && second.ok());
  const auto third = quota.take("ann", Quota::Kind::request);
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.error().code, util::ErrorCode::too_many);
  EXPECT_EQ(third.error().faults.at(0).input, "limits.per_owner.requests");
  EXPECT_TRUE(third.error().retry_after);
  EXPECT_TRUE(quota.take("ann", Quota::Kind::upload).ok()) << "another kind";
  EXPECT_TRUE(quota.take("bob", Quota::Kind::request).ok()) << "another owner";
  first->reset();
  EXPECT_TRUE(quota.take("ann", Quota::Kind::request).ok());
}

TEST(Quota, ForgetsWhoHoldsNothing) {
  Quota quota("per_address", two_of_each, 100);
  {
    const auto hold = quota.take("192.0.2.1", Quota::Kind::connection);
    EXPECT_EQ(quota.known(), 1U);
    auto moved = quota.take("192.0.2.1", Quota::Kind::request);
    const Quota::Hold other = std::move(moved).value();
    EXPECT_EQ(quota.known(), 1U);
  }
  EXPECT_EQ(quota.known(), 0U);
}

TEST(Quota, LetsCreationsGoOnAtTheRate) {
  Quota quota("per_owner", {.creations_per_minute = 60}, 100);
  const auto now = Quota::Clock::now();
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(quota.create("ann", now).ok()) << i;
  const auto refused = quota.create("ann", now);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().faults.at(0).input, "limits.per_owner.creations_per_minute");
  EXPECT_EQ(refused.error().retry_after, seconds(1));
  EXPECT_TRUE(quota.create("bob", now).ok());
  EXPECT_TRUE(quota.create("ann", now + seconds(1)).ok());
  EXPECT_FALSE(quota.create("ann", now + seconds(1)).ok());
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(quota.create("ann", now + seconds(120)).ok()) << i;
}

TEST(Quota, IsBoundedWhoeverComes) {
  Quota quota("per_address", two_of_each, 1000);
  const auto held = quota.take("192.0.2.1", Quota::Kind::request);
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(quota.create("2001:db8::" + std::to_string(i)).ok());
    ASSERT_LE(quota.known(), 1000U);
  }
  auto second = quota.take("192.0.2.1", Quota::Kind::request);
  EXPECT_TRUE(second.ok());
  EXPECT_FALSE(quota.take("192.0.2.1", Quota::Kind::request).ok()) << "what is held is not forgotten";
}

TEST(Quota, HasNoLimitWhereItIsZero) {
  Quota quota("per_owner", {0, 0, 0, 0}, 10);
  std::vector<util::Result<Quota::Hold>> holds;
  for (int i = 0; i < 5000; ++i) {
    holds.push_back(quota.take("ann", Quota::Kind::request));
    EXPECT_TRUE(holds.back().ok() && quota.create("ann").ok());
  }
}

TEST(Limits, CountAnAddressAndTheNetworkOfAnIpv6Customer) {
  const auto limits = Limits::create({}).value();
  EXPECT_EQ(limits->counted("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(limits->counted("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(limits->counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(limits->counted("no address"), "unknown");
  EXPECT_EQ(limits->counted("127.0.0.9"), std::nullopt);
  EXPECT_EQ(limits->counted("::1"), std::nullopt);
  LimitOptions named;
  named.exempt = {"localhost"};
  EXPECT_FALSE(Limits::create(named).ok());
}

// ---- Through the socket --------------------------------------------------------------------------------------------

class LimitedServer : public ServerTest {
 protected:
  LimitedServer() {
    options.limits = {.per_address = {0, 0, 0, 0}, .per_owner = {0, 0, 0, 0}, .exempt = {}};
    options.trusted_proxies = {};
    router.add(Method::post, "/jobs",
               {.handler = [](const auto&, const Reply& reply) { reply.send(Response::text(200, "made")); },
                .body = BodyKind::form,
                .creates = true});
    router.add(Method::put, "/value",
               {.handler =
                    [](const auto& request, const Reply& reply) {
                      reply.send(Response::text(200, (request->sink ? "sink " : "body ") +
                                                         std::to_string(request->body_size_bytes) + " " +
                                                         std::to_string(request->body.size())));
                    },
                .body = BodyKind::value,
                .make_sink = [this](const Request&, const PartHead&) -> util::Result<std::shared_ptr<util::ByteSink>> {
                  sinks.push_back(std::make_shared<fakes::TextSink>());
                  return std::shared_ptr<util::ByteSink>(sinks.back());
                }});
  }

  static void expect_refused(const TestResponse& response, const std::string& limit) {
    EXPECT_EQ(response.status, 429);
    EXPECT_FALSE(response.header("Retry-After").empty());
    EXPECT_THAT(response.body, HasSubstr("limits." + limit));
  }
  std::unique_ptr<TestClient> connect() { return std::make_unique<TestClient>(server->port()); }
};

TEST_F(LimitedServer, CountsTheConnectionsOfAnAddress) {
  options.limits.per_address.connections = 2;
  start();
  auto first = connect();
  auto second = connect();
  EXPECT_EQ(first->get("/echo").status, 200);
  EXPECT_EQ(second->get("/echo").status, 200);
  auto third = connect();
  expect_refused(third->receive(), "per_address.connections");
  EXPECT_TRUE(third->closed_by_server());
  first.reset();
  int status = 0;
  for (int i = 0; i < 500 && status != 200; ++i) {
    std::this_thread::sleep_for(milliseconds(10));
    status = connect()->get("/echo").status;
  }
  EXPECT_EQ(status, 200) << "who leaves makes room";
}

TEST_F(LimitedServer, CountsNotTheConnectionsOfAProxy) {
  options.limits.per_address.connections = 1;
  options.trusted_proxies = {"127.0.0.1"};
  start();
  auto first = connect();
  auto second = connect();
  EXPECT_EQ(first->get("/echo").status, 200);
  EXPECT_EQ(second->get("/echo").status, 200);
}

TEST_F(LimitedServer, CountsTheRequestsOfAnAddressBehindAProxy) {
  options.limits.per_address.requests = 2;
  options.trusted_proxies = {"127.0.0.1"};
  start();
  std::vector<std::unique_ptr<TestClient>> clients;
  const auto hold = [&] {
    clients.push_back(connect());
    clients.back()->send(get_request("/hold", "X-Forwarded-For: 192.0.2.7\r\n"));
    return shelf.take();
  };
  const auto held = hold();
  const auto also_held = hold();
  ASSERT_TRUE(held && also_held);
  auto other = connect();
  other->send(get_request("/echo", "X-Forwarded-For: 192.0.2.7\r\n"));
  const TestResponse refused = other->receive();
  expect_refused(refused, "per_address.requests");
  EXPECT_THAT(refused.body, HasSubstr("192.0.2.7"));
  other->send(get_request("/echo", "X-Forwarded-For: 192.0.2.8\r\n"));
  EXPECT_EQ(other->receive().status, 200);
  held->second.send(Response::text(200, "done"));
  EXPECT_EQ(clients.at(0)->receive().status, 200);
  other->send(get_request("/echo", "X-Forwarded-For: 192.0.2.7\r\n"));
  EXPECT_EQ(other->receive().status, 200);
  clients.clear();  // a client that closes its connection also frees its share
  for (int i = 0; i < 200 && !also_held->second.client_gone(); ++i) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_TRUE(also_held->second.client_gone());
}

TEST_F(LimitedServer, CountsTheRequestsOfAnOwner) {
  options.limits.per_owner.requests = 1;
  TestClient first(start());
  first.send(get_request("/hold", "Authorization: Basic ann\r\n"));
  const auto held = shelf.take();
  ASSERT_TRUE(held);
  TestClient other(server->port());
  expect_refused(other.request("GET", "/echo", {{"Authorization", "Basic ann"}}), "per_owner.requests");
  EXPECT_EQ(other.request("GET", "/echo", {{"Authorization", "Basic bob"}}).status, 200);
  EXPECT_EQ(other.get("/echo").status, 200);
  held->second.send(Response::text(200, "done"));
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_EQ(other.request("GET", "/echo", {{"Authorization", "Basic ann"}}).status, 200);
}

TEST_F(LimitedServer, CountsCreationsAndNothingElse) {
  options.limits.per_address.creations_per_minute = 3;
  TestClient client(start());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.post_form("/jobs", "a=1").status, 200);
  const TestResponse refused = client.post_form("/jobs", "a=1");
  expect_refused(refused, "per_address.creations_per_minute");
  EXPECT_GE(std::stoi(std::string(refused.header("Retry-After"))), 1);
  TestClient reader(server->port());
  EXPECT_EQ(reader.get("/echo").status, 200);
  EXPECT_EQ(reader.post_form("/echo", "a=1").status, 200);
}

TEST_F(LimitedServer, CountsCreationsOfAnOwner) {
  options.limits.per_owner.creations_per_minute = 1;
  start();
  const auto create = [&](const char* user) {
    return connect()->request("POST", "/jobs",
                              {{"Authorization", user}, {"Content-Type", "application/x-www-form-urlencoded"}}, "a=1");
  };
  EXPECT_EQ(create("Basic ann").status, 200);
  expect_refused(create("Basic ann"), "per_owner.creations_per_minute");
  EXPECT_EQ(create("Basic bob").status, 200);
}

TEST_F(LimitedServer, LetsTheExemptDoWhatTheyWant) {
  options.limits = {.per_address = {1, 1, 1, 1}, .per_owner = {1, 1, 1, 1}};
  start();
  auto first = connect();
  first->send(get_request("/hold", "Authorization: Basic ann\r\n"));
  const auto held = shelf.take();
  ASSERT_TRUE(held);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(connect()->request("GET", "/echo", {{"Authorization", "Basic ann"}}).status, 200);
    EXPECT_EQ(connect()->post_form("/jobs", "a=1").status, 200);
  }
}

std::string upload_head(std::size_t length) {
  return "PUT /stream HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

TEST_F(LimitedServer, BoundsTheUploadsOfAWorker) {
  options.workers = 1;
  options.uploads_per_worker = 2;
  start();
  std::vector<std::unique_ptr<TestClient>> uploading;
  for (int i = 0; i < 2; ++i) {
    uploading.push_back(connect());
    uploading.back()->send(upload_head(10) + "some");
  }
  const auto begun = [&] {
    const std::lock_guard lock(mutex);
    return sinks.size() == 2;
  };
  for (int i = 0; i < 500 && !begun(); ++i) std::this_thread::sleep_for(milliseconds(10));
  ASSERT_TRUE(begun());
  auto third = connect();
  third->send(upload_head(10));
  const TestResponse refused = third->receive();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Retry-After"), "10");
  EXPECT_EQ(connect()->get("/echo").status, 200);
  EXPECT_EQ(connect()->post_form("/echo", "a=1").status, 200) << "no upload";
  uploading.at(0)->send(" bytes");
  EXPECT_EQ(uploading.at(0)->receive().status, 200);
  EXPECT_EQ(connect()->request("PUT", "/stream", {}, "text").status, 200);
}

TEST_F(LimitedServer, BoundsTheUploadsOfAnAddress) {
  options.limits.per_address.uploads = 1;
  TestClient first(start());
  first.send(upload_head(10) + "some");
  const auto begun = [&] {
    const std::lock_guard lock(mutex);
    return !sinks.empty();
  };
  for (int i = 0; i < 500 && !begun(); ++i) std::this_thread::sleep_for(milliseconds(10));
  auto second = connect();
  second->send(upload_head(10));
  expect_refused(second->receive(), "per_address.uploads");
}

TEST_F(LimitedServer, BoundsTheBodiesInMemory) {
  options.max_buffered_bytes = 50'000;
  TestClient slow(start());
  slow.send("PUT /document HTTP/1.1\r\nHost: x\r\nContent-Length: 40001\r\n\r\n" + std::string(40'000, 'x'));
  const auto arrived = [] {
    return util::metrics().text().find("\ndocker_uws_http_buffered_bytes 40000\n") != std::string::npos;
  };
  for (int i = 0; i < 500 && !arrived(); ++i) std::this_thread::sleep_for(milliseconds(10));
  ASSERT_TRUE(arrived());
  const TestResponse refused = connect()->request("PUT", "/document", {}, std::string(20'000, 'x'));
  EXPECT_EQ(refused.status, 503);
  EXPECT_FALSE(refused.header("Retry-After").empty());
  EXPECT_EQ(connect()->request("PUT", "/document", {}, std::string(5'000, 'x')).status, 200);
  slow.send("x");
  EXPECT_EQ(slow.receive().status, 200);
  EXPECT_EQ(connect()->request("PUT", "/document", {}, std::string(45'000, 'x')).status, 200);
}

TEST_F(LimitedServer, EndsABodyThatTrickles) {
  options.body_timeout = milliseconds(200);
  options.min_body_rate = 1000;
  TestClient client(start());
  client.send("PUT /document HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  bool answered = false;
  for (int i = 0; i < 500 && !answered; ++i) {
    client.send("x");
    answered = client.readable(milliseconds(20));
  }
  ASSERT_TRUE(answered);
  EXPECT_EQ(client.receive().status, 408);
}

TEST_F(LimitedServer, LetsABodyComeSlowlyButSurely) {
  options.body_timeout = milliseconds(300);
  options.min_body_rate = 1000;
  TestClient client(start());
  client.send("PUT /document HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n");
  for (int i = 0; i < 40; ++i) {
    client.send(std::string(1000, 'x'));
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(LimitedServer, KeepsASmallValueInMemoryAndStreamsALargeOne) {
  TestClient client(start());
  EXPECT_EQ(client.request("PUT", "/value", {}, "text").body, "body 4 4");
  EXPECT_EQ(client.request("PUT", "/value", {}, "").body, "body 0 0");
  EXPECT_TRUE(sinks.empty());
  EXPECT_EQ(client.request("PUT", "/value", {}, std::string(200'000, 'x')).body, "sink 200000 0");
  EXPECT_TRUE(sinks.at(0)->finished);
  EXPECT_EQ(sinks.at(0)->text, std::string(200'000, 'x'));
}

}  // namespace
}  // namespace http
