#include "http/server.h"

#include <future>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>

#include "fakes/ipv6.h"
#include "http/problem.h"
#include "server_fixture.h"

namespace http {
namespace {

using fakes::TestClient;
using fakes::TestResponse;
using std::chrono::milliseconds;
using testing::HasSubstr;

class ServerRequests : public ServerTest {};
class ServerAnswers : public ServerTest {};
class ServerLimits : public ServerTest {};

TEST_F(ServerRequests, ReachTheirHandlerDecoded) {
  TestClient client(start());
  const TestResponse response = client.get("/echo/a%2Fb%20c/?PHASE=A&PHASE=B");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "GET /echo/a/b c\npath name=a/b c\nquery PHASE=A\nquery PHASE=B\n");
  EXPECT_THAT(response.header("Date"), HasSubstr(" GMT"));
  EXPECT_FALSE(response.header("X-Request-Id").empty());
  EXPECT_NE(client.get("/echo").header("X-Request-Id"), response.header("X-Request-Id"));
}

TEST_F(ServerRequests, ComeOneAfterTheOtherOnAConnection) {
  TestClient client(start());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/echo/" + std::to_string(i)).status, 200);
  EXPECT_EQ(client.post_form("/echo", "a=1&b=x+y&a=2").body,
            "POST /echo\nform a=1\nform b=x y\nform a=2\ntype application/x-www-form-urlencoded\n");
}

TEST_F(ServerRequests, TakeTheirBodyByKind) {
  TestClient client(start());
  const std::string json = "{\"a\": 1}";
  EXPECT_EQ(client.request("POST", "/echo", {{"Content-Type", "Application/JSON; charset=utf-8"}}, json).body,
            "POST /echo\nbody " + json + "\ntype application/json\n");
  EXPECT_EQ(client.request("PUT", "/document", {}, "text").body,
            "PUT /document\nbody text\ntype application/octet-stream\n");
  EXPECT_EQ(client.request("PUT", "/stream", {{"Content-Type", "image/fits"}}, "FITS").body,
            "PUT /stream\ntype image/fits\n");
  EXPECT_EQ(sinks.at(0)->text, "FITS");
  EXPECT_TRUE(sinks.at(0)->finished);
}

TEST_F(ServerRequests, HeadIsGetWithoutItsBody) {
  TestClient client(start());
  const TestResponse head = client.request("HEAD", "/echo");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), std::to_string(std::string("HEAD /echo\n").size()));
  EXPECT_EQ(client.get("/echo").body, "GET /echo\n");
}

TEST_F(ServerRequests, OptionsAndOtherMethodsAreToldWhatIsAllowed) {
  TestClient client(start());
  const TestResponse options_answer = client.request("OPTIONS", "/echo");
  EXPECT_EQ(options_answer.status, 204);
  EXPECT_EQ(options_answer.header("Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_TRUE(options_answer.header("Content-Length").empty());
  const TestResponse wrong = client.request("DELETE", "/echo");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_THAT(wrong.body, HasSubstr("GET, HEAD, POST, OPTIONS"));
}

TEST_F(ServerRequests, ArePipelinedInOrder) {
  TestClient client(start());
  client.send(get_request("/hold") + get_request("/echo/second") +
              "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  const auto held = shelf.take();
  ASSERT_TRUE(held);
  EXPECT_FALSE(client.readable(milliseconds(50)));
  client.send(get_request("/echo/fourth"));
  held->second.send(Response::text(200, "first"));
  EXPECT_EQ(client.receive().body, "first");
  EXPECT_THAT(client.receive().body, HasSubstr("second"));
  EXPECT_THAT(client.receive().body, HasSubstr("POST /echo"));
  EXPECT_THAT(client.receive().body, HasSubstr("fourth"));
}

TEST_F(ServerRequests, ManyPipelinedAreAllAnswered) {
  TestClient client(start());
  std::string all;
  for (int i = 0; i < 500; ++i) all += get_request("/echo/" + std::to_string(i));
  client.send(all);
  for (int i = 0; i < 500; ++i) ASSERT_THAT(client.receive().body, HasSubstr("name=" + std::to_string(i) + "\n"));
}

TEST_F(ServerRequests, BehindAHeldOneAreBounded) {
  TestClient client(start());
  client.send(get_request("/hold"));
  const auto held = shelf.take();
  ASSERT_TRUE(held);
  std::promise<void> left;
  held->second.on_client_gone([&] { left.set_value(); });
  std::thread([&] {
    const std::string flood(4096, 'x');
    for (int i = 0; i < 64 && client.send(flood); ++i) {
    }
  }).join();
  const TestResponse response = client.receive();
  EXPECT_EQ(response.status, 413);
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(left.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  held->second.send(Response::text(200, "late"));
}

TEST_F(ServerRequests, OfAHalfClosedClientAreAnswered) {
  TestClient client(start());
  client.send(get_request("/echo"));
  client.half_close();
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(ServerRequests, Of1_0EndTheConnection) {
  TestClient client(start());
  client.send("GET /echo HTTP/1.0\r\n\r\n");
  const TestResponse response = client.receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
  TestClient keeping(server->port());
  for (int i = 0; i < 2; ++i) {
    keeping.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(keeping.receive().header("Connection"), "keep-alive");
  }
}

TEST_F(ServerRequests, ThatAskForItCloseTheConnection) {
  TestClient client(start());
  client.send("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive().header("Connection"), "close");
  EXPECT_TRUE(client.closed_by_server(milliseconds(2000)));
}

TEST_F(ServerRequests, ThatExpectItAreToldToContinue) {
  TestClient client(start());
  const std::string head = "PUT /document HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ";
  client.send(head + "4\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("text");
  EXPECT_THAT(client.receive().body, HasSubstr("body text"));
  client.send(head + "9999999\r\n\r\n");
  EXPECT_EQ(client.receive().status, 413);
}

TEST_F(ServerRequests, KnowWhoAsks) {
  TestClient client(start());
  EXPECT_EQ(client.request("GET", "/echo", {{"Authorization", "Basic ann"}}).body, "GET /echo\nuser ann\n");
  EXPECT_EQ(client.request("GET", "/open", {{"Authorization", "Basic ann"}}).body, "GET /open\n");
}

/// Answers when the test calls the callback.
class SlowAuthenticator : public Authenticator {
 public:
  void authenticate(const RequestCredentials& /*asking*/, Done done) override { waiting.set_value(std::move(done)); }
  std::vector<std::string> challenges(const RequestCredentials& /*asking*/) const override { return {}; }
  std::promise<Done> waiting;
};

TEST_F(ServerRequests, WaitForTheVerdictWithTheirBody) {
  SlowAuthenticator slow;
  TestClient client(start(slow));
  const std::string body = "a=" + std::string(30'000, 'x');
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  Authenticator::Done done = slow.waiting.get_future().get();
  EXPECT_FALSE(client.readable(milliseconds(30)));
  done(Identity{"ann"});
  EXPECT_THAT(client.receive().body, HasSubstr("user ann"));
  server.reset();
}

TEST_F(ServerRequests, WaitForTheVerdictWithMoreThanIsKept) {
  SlowAuthenticator slow;
  options.max_upload_bytes = 1U << 20U;
  TestClient client(start(slow));
  const std::string body(300'000, 'x');
  std::thread sending([&] {
    client.send("PUT /stream HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body);
  });
  Authenticator::Done done = slow.waiting.get_future().get();
  std::this_thread::sleep_for(milliseconds(50));
  done(Identity{"ann"});
  sending.join();
  EXPECT_THAT(client.receive().body, HasSubstr("user ann"));
  EXPECT_TRUE(sinks.at(0)->text == body);
  server.reset();
}

TEST_F(ServerRequests, WithoutIdentityAreChallengedBeforeTheirBody) {
  fakes::RefusingAuthenticator strict;
  TestClient client(start(strict));
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  const TestResponse response = client.receive();
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.headers.all("WWW-Authenticate").size(), 2U);
  EXPECT_TRUE(client.closed_by_server());
  TestClient reader(server->port());
  EXPECT_EQ(reader.get("/echo").status, 401);
  EXPECT_EQ(reader.get("/open").status, 200);
  server.reset();
}

TEST_F(ServerRequests, BelieveOnlyTrustedProxies) {
  options.trusted_proxies = {"127.0.0.1"};
  router.add(Method::get, "/where", {[](const std::shared_ptr<const Request>& request, const Reply& reply) {
               reply.send(Response::text(200, request->base_url + " " + request->peer_address));
             }});
  TestClient client(start());
  EXPECT_EQ(client.request("GET", "/where", {{"Host", "a:1"}}).body, "http://a:1 127.0.0.1");
  EXPECT_EQ(client
                .request("GET", "/where",
                         {{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "b"}, {"X-Forwarded-For", "::1"}})
                .body,
            "https://b ::1");
  client.send("GET /where HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.receive().body, "http://127.0.0.1:" + std::to_string(server->port()) + " 127.0.0.1");
}

TEST_F(ServerAnswers, MayComeFromAnotherThread) {
  TestClient client(start());
  client.send(get_request("/hold"));
  const auto held = shelf.take();
  ASSERT_TRUE(held);
  std::thread([&] { held->second.send(Response::text(200, "late")); }).join();
  EXPECT_EQ(client.receive().body, "late");
  held->second.send(Response::text(200, "twice"));
  EXPECT_EQ(client.get("/echo").status, 200);
}

TEST_F(ServerAnswers, ComeToTheirOwnClients) {
  start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<TestClient>(server->port()));
    clients.back()->send(get_request("/hold?n=" + std::to_string(i)));
  }
  for (int i = 0; i < 100; i += 3) clients[static_cast<std::size_t>(i)]->close();
  std::thread answering([&] {
    for (int i = 0; i < 100; ++i) {
      const auto held = shelf.take();
      if (held) held->second.send(Response::text(200, held->first->query.at(0).second));
    }
  });
  for (int i = 0; i < 100; ++i) {
    if (i % 3 == 0) continue;
    EXPECT_EQ(clients[static_cast<std::size_t>(i)]->receive().body, std::to_string(i));
  }
  answering.join();
}

TEST_F(ServerAnswers, ThatAreNeverGivenAre500) {
  router.add(Method::get, "/forget", {[](const auto&, const Reply&) {}});
  TestClient client(start());
  EXPECT_EQ(client.get("/forget").status, 500);
  client.send(get_request("/hold"));
  shelf.take();
  EXPECT_EQ(client.receive().status, 500);
  EXPECT_EQ(client.get("/echo").status, 200);
}

TEST_F(ServerAnswers, OfHandlersThatThrowTellNothing) {
  router.add(Method::get, "/throw", {[](const auto&, const Reply&) { throw std::runtime_error("secret"); }});
  router.add(Method::get, "/throw42", {[](const auto&, const Reply&) { throw 42; }});
  TestClient client(start());
  const TestResponse response = client.get("/throw");
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, testing::Not(HasSubstr("secret")));
  EXPECT_EQ(client.get("/throw42").status, 500);
  EXPECT_EQ(client.get("/echo").status, 200);
}

TEST_F(ServerAnswers, CannotSplitTheirHead) {
  for (const char* value : {"a\r\nX: y", "a\nb", "a\x01"}) {
    router.add(Method::get, "/split/" + std::to_string(value[1]) + std::to_string(value[2]),
               {[value](const auto&, const Reply& reply) { reply.send(Response::see_other(value)); }});
  }
  TestClient client(start());
  for (const char* path : {"/split/1310", "/split/1098", "/split/10"}) {
    const TestResponse response = client.get(path);
    EXPECT_EQ(response.status, 500) << path;
    EXPECT_TRUE(response.header("Location").empty());
  }
}

TEST_F(ServerAnswers, ReportTheirClientsLeaving) {
  start();
  auto client = std::make_unique<TestClient>(server->port());
  client->send(get_request("/hold"));
  const auto held = shelf.take();
  ASSERT_TRUE(held);
  EXPECT_FALSE(held->second.client_gone());
  std::promise<void> left;
  held->second.on_client_gone([&] { left.set_value(); });
  client.reset();
  EXPECT_EQ(left.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_TRUE(held->second.client_gone());
  bool at_once = false;
  held->second.on_client_gone([&] { at_once = true; });
  EXPECT_TRUE(at_once);
  held->second.send(Response::text(200, "nobody"));
}

TEST_F(ServerAnswers, MayOutliveTheServer) {
  TestClient client(start());
  client.send(get_request("/hold"));
  const auto held = shelf.take();
  ASSERT_TRUE(held);
  server.reset();
  EXPECT_TRUE(held->second.client_gone());
  held->second.send(Response::text(200, "nobody"));
}

TEST_F(ServerLimits, ABodyTooLargeIsRefusedBeforeItIsRead) {
  options.max_document_bytes = 1000;
  TestClient client(start());
  client.send("PUT /document HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
  const TestResponse response = client.receive();
  EXPECT_EQ(response.status, 413);
  EXPECT_THAT(response.body, HasSubstr("at most 1000 bytes"));
  EXPECT_TRUE(client.closed_by_server());
  TestClient fitting(server->port());
  EXPECT_EQ(fitting.request("PUT", "/document", {}, std::string(1000, 'x')).status, 200);
}

TEST_F(ServerLimits, AClientThatSendsOnGetsItsErrorAllTheSame) {
  options.max_document_bytes = 1000;
  start();
  for (int i = 0; i < 10; ++i) {
    TestClient client(server->port());
    client.send("PUT /document HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + std::string(500'000, 'x'));
    EXPECT_EQ(client.receive().status, 413);
  }
}

TEST_F(ServerLimits, ParametersOfQueryAndFormAreCountedTogether) {
  options.max_parameters = 3;
  TestClient client(start());
  EXPECT_EQ(client.post_form("/echo?a=1", "b=1&c=1").status, 200);
  const TestResponse response = client.post_form("/echo?a=1&b=1", "c=1&d=1");
  EXPECT_EQ(response.status, 413);
  EXPECT_THAT(response.body, HasSubstr("too many parameters"));
  EXPECT_EQ(client.get("/echo?a&b&c&d").status, 413);
}

TEST_F(ServerLimits, OneConnectionTooManyIsToldSo) {
  options.max_connections = 2;
  TestClient first(start());
  TestClient second(server->port());
  EXPECT_EQ(first.get("/echo").status, 200);
  EXPECT_EQ(second.get("/echo").status, 200);
  TestClient third(server->port());
  const TestResponse response = third.receive();
  EXPECT_EQ(response.status, 503);
  EXPECT_FALSE(response.header("Retry-After").empty());
  EXPECT_TRUE(third.closed_by_server());
}

TEST_F(ServerLimits, AHeadThatDoesNotComeIs408) {
  options.head_timeout = milliseconds(50);
  TestClient client(start());
  client.send("GET /echo HTTP/1.1\r\nHo");
  EXPECT_EQ(client.receive().status, 408);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerLimits, ABodyThatDoesNotComeIs408) {
  options.body_timeout = milliseconds(50);
  TestClient client(start());
  client.send("PUT /document HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(client.receive().status, 408);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerLimits, AnIdleConnectionIsClosedWithoutAWord) {
  options.idle_timeout = milliseconds(50);
  TestClient client(start());
  EXPECT_EQ(client.receive_rest(), "");
  EXPECT_TRUE(client.closed_by_server());
  TestClient used(server->port());
  EXPECT_EQ(used.get("/echo").status, 200);
  EXPECT_TRUE(used.closed_by_server());
}

TEST_F(ServerLimits, AHeldAnswerHasNoTimeOut) {
  options.idle_timeout = options.body_timeout = options.head_timeout = options.send_timeout = milliseconds(20);
  TestClient client(start());
  client.send(get_request("/hold"));
  const auto held = shelf.take();
  ASSERT_TRUE(held);
  EXPECT_FALSE(client.readable(milliseconds(200)));
  held->second.send(Response::text(200, "late"));
  EXPECT_EQ(client.receive().body, "late");
}

TEST(Server, ATakenPortIsAnError) {
  Router router;
  fakes::TrustingAuthenticator who;
  ServerOptions options;
  options.port = 0;
  const auto first = Server::create(options, router, who);
  ASSERT_TRUE(first.ok());
  options.port = (*first)->port();
  const auto second = Server::create(options, router, who);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("cannot listen on 127.0.0.1 port"));
  options.address = "no address";
  EXPECT_FALSE(Server::create(options, router, who).ok());
}

TEST(Server, ListensOnIpv6) {
  if (!fakes::has_ipv6_loopback()) GTEST_SKIP() << "no IPv6 loopback here";
  Router router;
  fakes::TrustingAuthenticator who;
  ServerOptions options;
  options.port = 0;
  options.address = "::1";
  const auto server = Server::create(options, router, who);
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_NE((*server)->port(), 0);
}

}  // namespace
}  // namespace http
