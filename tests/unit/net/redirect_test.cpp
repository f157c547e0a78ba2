// Tests calls that the address policy restricts, because a user chose the URL: which addresses they may reach, directly
// and by redirects.
#include <gmock/gmock.h>

#include "fakes/ipv6.h"
#include "net/address_policy.h"
#include "net/client.h"
#include "unit/net/loopback_server.h"
#include "unit/net/names.h"
#include "unit/net/waiting.h"

namespace net {
namespace {

using testing::allowing;
using testing::always;
using testing::answer;
using testing::failure;
using testing::fetch;
using testing::get;
using testing::Handler;
using ::testing::HasSubstr;
using testing::LoopbackServer;
using ::testing::Not;
using testing::Peer;
using testing::Request;
using util::ErrorCode;

std::string redirect(const std::string& to, const std::string& status = "302 Found") {
  return answer("moved", status, "Location: " + to + "\r\n");
}

Call on_behalf(std::string url, const std::vector<std::string>& allowed = {"127.0.0.1"}) {
  Call call = get(std::move(url));
  call.policy = allowing(allowed);
  return call;
}

TEST(Redirect, IsFollowedUnderAPolicyAndOnlyThere) {
  const LoopbackServer server([](const Request& request, const Peer& peer) {
    return peer.send(request.target == "/end" ? answer("end") : redirect("/end"));
  });
  int heads = 0;
  Client client;
  Call call = on_behalf(server.url("/start"));
  call.on_head = [&](const Response& head) {
    ++heads;
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("location"), nullptr);
  };
  const auto followed = fetch(client, call);
  ASSERT_TRUE(followed.ok()) << followed.error().message;
  EXPECT_EQ(followed->body, "end");
  EXPECT_EQ(heads, 1);

  const auto plain = fetch(client, get(server.url("/start")));
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->status, 302);
  EXPECT_EQ(plain->body, "moved");
  EXPECT_EQ(*plain->header("location"), "/end");
}

TEST(Redirect, WithoutALocationIsAnAnswer) {
  const LoopbackServer server(always(answer("choose", "300 Multiple Choices", "Location: \r\n")));
  Client client;
  const auto response = fetch(client, on_behalf(server.url("/")));
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 300);
  EXPECT_EQ(response->body, "choose");
}

TEST(Redirect, FiveAreFollowedTheSixthIsNot) {
  const LoopbackServer server([](const Request& request, const Peer& peer) {
    const int left = std::stoi(request.target.substr(1));
    return peer.send(left == 0 ? answer("end") : redirect("/" + std::to_string(left - 1)));
  });
  Client client;
  EXPECT_TRUE(fetch(client, on_behalf(server.url("/5"))).ok());
  const auto sixth = fetch(client, on_behalf(server.url("/6")));
  ASSERT_FALSE(sixth.ok());
  EXPECT_EQ(sixth.error().code, ErrorCode::forbidden);
  EXPECT_THAT(sixth.error().message, HasSubstr("more than 5 redirects"));
}

struct Leads {
  const char* to;
  const char* because;
};

class RefusedRedirect : public ::testing::TestWithParam<Leads> {};

TEST_P(RefusedRedirect, IsForbiddenWithTheReason) {
  const LoopbackServer server(always(redirect(GetParam().to)));
  Client client;
  Call call = on_behalf(server.url("/?secret"));
  call.on_head = [](const Response&) { FAIL() << "an answer was shown"; };
  const auto response = fetch(client, call);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::forbidden) << response.error().message;
  EXPECT_THAT(response.error().message, HasSubstr(GetParam().because));
  EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
  EXPECT_EQ(server.requests().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Places, RefusedRedirect,
    ::testing::Values(
        Leads{"http://169.254.169.254/latest/meta-data/?secret",
              "link-local address 169.254.169.254: metadata services live there"},
        Leads{"http://[::1]/secret", "loopback address ::1"}, Leads{"http://127.0.0.2/", "loopback address 127.0.0.2"},
        Leads{"//127.0.0.2/", "loopback address 127.0.0.2"}, Leads{"http://2130706434/", "loopback address 127.0.0.2"},
        Leads{"http://0x7f000002/", "loopback address 127.0.0.2"},
        Leads{"http://0177.0.0.2/", "loopback address 127.0.0.2"}, Leads{"http://127.2/", "loopback address 127.0.0.2"},
        Leads{"http://[::ffff:169.254.169.254]/", "link-local address"},
        Leads{"http://[::ffff:7f00:2]/", "loopback address"},
        Leads{"http://[64:ff9b::a9fe:a9fe]/", "link-local address"}, Leads{"http://0.0.0.0/", "unspecified address"},
        Leads{"http://0/", "unspecified address"},
        Leads{"http://metadata.test/", "http://metadata.test: link-local address 169.254.169.254"},
        Leads{"http://inner.test/", "http://inner.test: loopback address 127.0.0.2"},
        Leads{"file:///etc/passwd", "redirect to scheme 'file': only http and https are followed"},
        Leads{"unix:///run/docker.sock", "redirect to scheme 'unix'"},
        Leads{"http+unix://%2Frun%2Fdocker.sock/info", "only http"}, Leads{"ftp://127.0.0.1/", "only http and https"},
        Leads{"gopher://127.0.0.1:25/_x", "only http and https"},
        Leads{"http://user:secret@127.0.0.1/", "carries a user or a password"}));

TEST(Redirect, ToSomethingThatIsNotHttpIsNoPolicysFault) {
  const LoopbackServer mail([](const Request&, const Peer& peer) { return peer.send("220 ready\r\n") && false; });
  const LoopbackServer server(always(redirect(mail.url("/"))));
  Client client;
  const auto response = fetch(client, on_behalf(server.url("/")));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::unavailable);
  EXPECT_EQ(response.error().message, "http://127.0.0.1:" + std::to_string(mail.port()) + ": the answer is not HTTP");
}

TEST(Policy, RefusesTheFirstAddressAsWell) {
  const LoopbackServer server(always(answer("inner")), "127.0.0.2");
  Client client;
  for (const std::string& url :
       {server.url("/", "127.0.0.2"), server.url("/", "2130706434"), server.url("/", "inner.test")}) {
    const auto response = fetch(client, on_behalf(url));
    ASSERT_FALSE(response.ok()) << url;
    EXPECT_EQ(response.error().code, ErrorCode::forbidden);
    EXPECT_THAT(response.error().message, HasSubstr("loopback address 127.0.0.2"));
  }
  EXPECT_EQ(server.connections(), 0);
  EXPECT_TRUE(fetch(client, on_behalf(server.url("/", "inner.test"), {"127.0.0.0/8"})).ok());
}

TEST(Policy, OfANamesAddressesOnlyAllowedOnesAreConnected) {
  const LoopbackServer server(always(answer("x")));
  Client client;
  EXPECT_TRUE(fetch(client, on_behalf(server.url("/", "loop.test"))).ok());
  EXPECT_TRUE(fetch(client, on_behalf(server.url("/", "both.test"))).ok());
  EXPECT_EQ(failure(client, on_behalf(server.url("/", "both.test"), {})).code, ErrorCode::forbidden);
}

TEST(Policy, HoldsOnAConnectionThatSomebodyElseOpened) {
  const LoopbackServer server(always(answer("inner")));
  Client client;
  ASSERT_TRUE(fetch(client, get(server.url("/", "loop.test"))).ok());
  const auto response = fetch(client, on_behalf(server.url("/", "loop.test"), {}));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::forbidden);
  EXPECT_THAT(response.error().message, HasSubstr("loopback address 127.0.0.1"));
  EXPECT_EQ(server.requests().size(), 1U) << "the request was sent";
}

TEST(Policy, KnowsNoUnixSocketsNoOtherSchemesNoCredentials) {
  Client client;
  Call call = on_behalf("http://engine/");
  call.unix_socket = "/nowhere/socket";
  EXPECT_EQ(failure(client, call).code, ErrorCode::forbidden);
  EXPECT_EQ(failure(client, on_behalf("file:///etc/passwd")).code, ErrorCode::forbidden);
  EXPECT_EQ(failure(client, on_behalf("http://user:secret@127.0.0.1/")).code, ErrorCode::forbidden);
}

TEST(Policy, LetsThroughIpv6WhereAllowed) {
  if (!fakes::has_ipv6_loopback()) GTEST_SKIP() << "no IPv6 loopback here";
  const LoopbackServer server(always(answer("six")), "::1");
  Client client;
  EXPECT_TRUE(fetch(client, on_behalf(server.url("/", "[::1]"), {"::1"})).ok());
  EXPECT_EQ(failure(client, on_behalf(server.url("/", "[::1]"), {"127.0.0.0/8"})).code, ErrorCode::forbidden);
}

TEST(Redirect, ToAnotherHostDropsAuthorizationAndCookies) {
  const LoopbackServer other(always(answer("other")));
  const LoopbackServer server([&](const Request& request, const Peer& peer) {
    if (request.target == "/same") return peer.send(redirect("/end"));
    if (request.target == "/other") return peer.send(redirect(other.url("/end", "loop.test")));
    if (request.target == "/port") return peer.send(redirect(other.url("/end")));
    return peer.send(answer("end"));
  });
  Client client;
  const auto fetched = [&](const std::string& path) {
    Call call = on_behalf(server.url(path));
    call.headers = {{"Authorization", "Bearer token"}, {"Cookie", "a=b"}, {"X-Plain", "1"}};
    ASSERT_TRUE(fetch(client, call).ok()) << path;
  };
  fetched("/same");
  EXPECT_EQ(server.requests().back().headers.count("authorization"), 1U);
  for (const char* path : {"/other", "/port"}) {
    fetched(path);
    const auto headers = other.requests().back().headers;
    EXPECT_EQ(headers.count("authorization"), 0U) << path;
    EXPECT_EQ(headers.count("cookie"), 0U) << path;
    EXPECT_EQ(headers.count("x-plain"), 1U) << path;
  }
}

TEST(Redirect, OfAnAnswerThatSetsACookieSendsNone) {
  const LoopbackServer server([](const Request& request, const Peer& peer) {
    return peer.send(request.target == "/end" ? answer("end")
                                              : answer("", "302 Found", "Location: /end\r\nSet-Cookie: a=b\r\n"));
  });
  Client client;
  ASSERT_TRUE(fetch(client, on_behalf(server.url("/start"))).ok());
  EXPECT_EQ(server.requests().back().headers.count("cookie"), 0U);
}

}  // namespace
}  // namespace net
