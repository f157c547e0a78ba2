// Tests requests from browsers' pages of other sites (CORS, CSRF): which pages may read responses, and that others may
// change nothing.
#include "http/origins.h"

#include <gmock/gmock.h>

#include "http/options.h"
#include "unit/http/server_fixture.h"

namespace http {
namespace {

using fakes::TestClient;
using fakes::TestResponse;
using testing::HasSubstr;

class Pages : public ServerTest {
 protected:
  Pages() { options.cors_origins = {"https://portal.example.org", "http://localhost:3000"}; }

  using Fields = std::vector<std::pair<std::string, std::string>>;
  TestResponse ask(std::string_view method, std::string_view target, Fields fields) {
    if (!server) start();
    if (method == "POST") fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return TestClient(server->port()).request(method, target, fields);
  }
  int post(Fields fields) { return ask("POST", "/echo", std::move(fields)).status; }
  static std::string all(const TestResponse& response, std::string_view name) {
    std::string text;
    for (const auto value : response.headers.all(name)) text += (text.empty() ? "" : "; ") + std::string(value);
    return text;
  }
};

TEST_F(Pages, U69_OfAListedOriginMayReadEveryAnswer) {
  for (const char* target : {"/echo", "/nothing", "/hold/x", "/open"}) {
    const auto response = ask("GET", target, {{"Origin", "https://portal.example.org"}});
    EXPECT_EQ(response.header("Access-Control-Allow-Origin"), "https://portal.example.org") << target;
    EXPECT_EQ(response.header("Access-Control-Allow-Credentials"), "true");
    for (const char* name : {"Location", "ETag", "Link", "WWW-Authenticate", "Content-Disposition", "Digest"}) {
      EXPECT_THAT(response.header("Access-Control-Expose-Headers"), HasSubstr(name));
    }
    EXPECT_THAT(all(response, "Vary"), HasSubstr("Origin"));
  }
}

TEST_F(Pages, U69_OfOthersMayReadNothing) {
  for (const char* origin : {"https://evil.example.org", "https://portal.example.org.evil.org", "null", "*", "",
                             "http://portal.example.org", "https://portal.example.org:8443",
                             "https://portal.example.org/", "https://portal.example.org, https://evil.example.org"}) {
    const auto response = ask("GET", "/echo", {{"Origin", origin}});
    if (std::string_view(origin) == "https://portal.example.org/") continue;  // browsers send no slash at the end
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("Access-Control-Allow-Origin"), "") << origin;
    EXPECT_EQ(response.header("Access-Control-Allow-Credentials"), "") << origin;
    EXPECT_THAT(all(response, "Vary"), HasSubstr("Origin"));
  }
  EXPECT_EQ(ask("GET", "/echo", {}).header("Access-Control-Allow-Origin"), "");
}

TEST_F(Pages, U69_AskFirstWithoutCredentials) {
  fakes::RefusingAuthenticator strict;
  start(strict);
  const auto asked = ask("OPTIONS", "/echo",
                         {{"Origin", "https://portal.example.org"},
                          {"Access-Control-Request-Method", "POST"},
                          {"Access-Control-Request-Headers", "authorization,x-csrf-token, Sentry-Trace ,,b\"d"}});
  EXPECT_EQ(asked.status, 204);
  EXPECT_EQ(asked.header("Access-Control-Allow-Origin"), "https://portal.example.org");
  EXPECT_THAT(asked.header("Access-Control-Allow-Methods"), HasSubstr("POST"));
  EXPECT_THAT(asked.header("Access-Control-Allow-Headers"), HasSubstr("Authorization"));
  EXPECT_THAT(asked.header("Access-Control-Allow-Headers"), HasSubstr("X-CSRFToken"));
  EXPECT_THAT(asked.header("Access-Control-Allow-Headers"), HasSubstr(", x-csrf-token, Sentry-Trace"));
  EXPECT_THAT(asked.header("Access-Control-Allow-Headers"), Not(HasSubstr("\"")));
  EXPECT_EQ(asked.header("Access-Control-Max-Age"), "600");
  const auto other =
      ask("OPTIONS", "/echo", {{"Origin", "https://evil.example.org"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(other.status, 204);  // as for any other OPTIONS request
  EXPECT_EQ(other.header("Access-Control-Allow-Methods"), "");
  EXPECT_EQ(other.header("Access-Control-Allow-Origin"), "");
  // A page of a listed origin may read the reason of a refusal.
  const auto refused = ask("GET", "/echo", {{"Origin", "https://portal.example.org"}});
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("Access-Control-Allow-Origin"), "https://portal.example.org");
  server.reset();
}

TEST_F(Pages, U69_OfOthersMayChangeNothing) {
  for (const char* origin : {"https://evil.example.org", "null", "", "http://portal.example.org", "https://test"}) {
    EXPECT_EQ(post({{"Origin", origin}}), 403) << origin;
    EXPECT_EQ(ask("PUT", "/document", {{"Origin", origin}}).status, 403) << origin;
  }
  EXPECT_EQ(post({{"Origin", "https://portal.example.org"}, {"Origin", "https://evil.example.org"}}), 403);
  for (const char* site : {"cross-site", "same-site", "nonsense", ""}) {
    EXPECT_EQ(post({{"Sec-Fetch-Site", site}}), 403) << site;
  }
  const auto refused = ask("POST", "/echo", {{"Origin", "https://evil.example.org"}});
  EXPECT_THAT(refused.body, HasSubstr("Origin"));
  EXPECT_THAT(refused.body, HasSubstr("cors_origins"));
}

TEST_F(Pages, U69_OursAndListedOnesMayChange) {
  const std::string here = "127.0.0.1:" + std::to_string(start());
  EXPECT_EQ(post({{"Host", here}, {"Origin", "http://" + here}}), 200);
  EXPECT_EQ(post({{"Host", here}, {"Origin", "http://" + here}, {"Sec-Fetch-Site", "same-origin"}}), 200);
  EXPECT_EQ(post({{"Host", "localhost:81"}, {"Origin", "http://localhost:81"}}), 200);
  EXPECT_EQ(post({{"Host", "[::1]"}, {"Origin", "http://[::1]"}}), 200);
  EXPECT_EQ(post({{"Origin", "https://portal.example.org"}, {"Sec-Fetch-Site", "cross-site"}}), 200);
  EXPECT_EQ(post({{"Sec-Fetch-Site", "same-origin"}}), 200);
  EXPECT_EQ(post({{"Sec-Fetch-Site", "none"}}), 200);
}

TEST_F(Pages, U69_LinksOfListedPagesAreKnownByTheirReferrer) {
  const auto change = [&](const char* referrer) {
    return post({{"Sec-Fetch-Site", "cross-site"}, {"Referer", referrer}});
  };
  EXPECT_EQ(change("https://portal.example.org/page?a=b"), 200);
  EXPECT_EQ(change("https://portal.example.org"), 200);
  for (const char* other : {"https://evil.example.org/https://portal.example.org/", "https://portal.example.org.evil/",
                            "http://portal.example.org/", "portal.example.org", ""}) {
    EXPECT_EQ(change(other), 403) << other;
  }
}

TEST_F(Pages, U69_ClientsThatAreNoBrowsersAreNotConcerned) {
  EXPECT_EQ(post({}), 200);
  EXPECT_EQ(post({{"Referer", "https://evil.example.org/"}}), 200);
}

TEST_F(Pages, ReadingIsNoChange) {
  EXPECT_EQ(ask("GET", "/echo", {{"Origin", "https://evil.example.org"}, {"Sec-Fetch-Site", "cross-site"}}).status,
            200);
}

TEST_F(Pages, U69_AReboundNameIsNotOurs) {
  // DNS rebinding: the page was loaded from another server, then its host name was changed to the address of this one.
  EXPECT_EQ(post({{"Host", "evil.example.org"}, {"Origin", "http://evil.example.org"}}), 403);
}

TEST_F(Pages, APublicUrlIsOurs) {
  options.public_urls = {"http://uws.example.org/x"};
  EXPECT_EQ(post({{"Host", "uws.example.org"}, {"Origin", "http://uws.example.org"}}), 200);
  EXPECT_EQ(post({{"Host", "evil.example.org"}, {"Origin", "http://evil.example.org"}}), 403);
}

TEST_F(Pages, BehindAProxyThatSpeaksTlsItsOwnOriginIsOurs) {
  options.trusted_proxies = {"127.0.0.1"};
  const Fields fields{{"Host", "uws.example.org"}, {"X-Forwarded-Proto", "https"}};
  Fields own = fields;
  own.emplace_back("Origin", "https://uws.example.org");
  EXPECT_EQ(post(own), 200);
  Fields plain = fields;
  plain.emplace_back("Origin", "http://uws.example.org");
  EXPECT_EQ(post(plain), 403);
}

TEST_F(Pages, WithoutListedOriginsAnswersSayNothingOfThem) {
  options.cors_origins.clear();
  const auto response = ask("GET", "/echo", {{"Origin", "https://portal.example.org"}});
  EXPECT_EQ(response.header("Vary"), "");
  EXPECT_EQ(response.header("Access-Control-Allow-Origin"), "");
}

TEST(Origins, AreSchemesAndHosts) {
  for (const char* bad : {"*", "", "null", "portal.example.org", "https://portal.example.org/", "https://*.example.org",
                          "https://portal.example.org/x", "ftp://portal.example.org", "https://"}) {
    EXPECT_FALSE(Origins::create({bad}, false).ok()) << bad;
  }
  EXPECT_TRUE(
      Origins::create({"https://portal.example.org", "http://[::1]:3000", "HTTPS://Portal.example.org:443"}, false)
          .ok());
}

TEST(Origins, AreReadFromTheFile) {
  const auto read = [](const std::string& origins) {
    const config::File file{"c", *data::parse_yaml("http: {cors_origins: " + origins + "}")};
    config::Faults faults;
    config::Reader root(file.section(), faults);
    const ServerOptions options = read_server_options(root, faults);
    return std::pair(options.cors_origins, faults.size());
  };
  EXPECT_EQ(read("[https://portal.example.org]"),
            std::pair(std::vector<std::string>{"https://portal.example.org"}, 0UL));
  EXPECT_EQ(read("['*']").second, 1U);
  EXPECT_EQ(read("[https://portal.example.org/app]").second, 1U);
}

TEST_F(Pages, EveryAnswerIsTakenForWhatItSays) {
  for (const char* target : {"/echo", "/nothing"}) {
    EXPECT_EQ(ask("GET", target, {}).header("X-Content-Type-Options"), "nosniff");
  }
}

TEST_F(Pages, U65_WhoIsKnownIsTold) {
  EXPECT_EQ(ask("GET", "/echo", {{"Authorization", "Basic ann"}}).header("X-VO-Authenticated"), "ann");
  EXPECT_EQ(ask("GET", "/echo", {{"Authorization", "Basic \xC3\xA1"}}).header("X-VO-Authenticated"), "");
  EXPECT_EQ(ask("GET", "/echo", {}).header("X-VO-Authenticated"), "");
}

}  // namespace
}  // namespace http
