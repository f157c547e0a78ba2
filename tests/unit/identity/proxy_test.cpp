#include "identity/proxy.h"

#include <gmock/gmock.h>

namespace identity {
namespace {

using testing::ElementsAre;
using util::ErrorCode;

class ProxyTest : public testing::Test {
 protected:
  util::Result<std::optional<http::Identity>> ask(std::string_view peer,
                                                  const std::vector<std::pair<std::string, std::string>>& fields) {
    http::Headers headers;
    for (const auto& [name, value] : fields) headers.add(name, value);
    return Proxy::create(options_).value().identity_of({peer, headers});
  }

  ProxyOptions options_{"sso", {"10.0.0.1", "fd00::/8"}, "X-Remote-User", "X-Remote-Groups", false};
};

TEST_F(ProxyTest, NamesTheUser) {
  const auto told = ask("10.0.0.1", {{"x-remote-user", " ada "}, {"X-Remote-Groups", "staff, vo:x,,"}}).value();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->user, "sso:ada");
  EXPECT_THAT(told->groups, ElementsAre("sso:staff", "sso:vo:x"));
  EXPECT_EQ((*ask("fd00::7", {{"X-Remote-User", "ada"}}).value()).user, "sso:ada");
  EXPECT_EQ((*ask("::ffff:10.0.0.1", {{"X-Remote-User", "ada"}}).value()).user, "sso:ada");
}

TEST_F(ProxyTest, MaySayNothing) {
  EXPECT_FALSE(ask("10.0.0.1", {}).value());
  EXPECT_FALSE(ask("10.0.0.1", {{"X-Remote-User", "  "}}).value());
  EXPECT_FALSE(ask("10.0.0.1", {{"X-Remote-Groups", "staff"}}).value());
  EXPECT_FALSE(ask("10.9.9.9", {{"X-Forwarded-User", "ada"}}).value());
}

TEST_F(ProxyTest, NobodyElseMaySayAnything) {
  for (const char* peer : {"10.0.0.2", "127.0.0.1", "::1", "fe80::1", "", "unknown"}) {
    for (const char* header : {"X-Remote-User", "x-REMOTE-user", "X-Remote-Groups"}) {
      const auto told = ask(peer, {{header, "ada"}});
      ASSERT_FALSE(told.ok()) << peer;
      EXPECT_EQ(told.error().code, ErrorCode::forbidden);
    }
    EXPECT_FALSE(ask(peer, {{"X-Remote-User", ""}}).ok()) << peer;
  }
}

TEST_F(ProxyTest, ForwardedAddressesHaveNoSay) {
  const auto told =
      ask("10.0.0.2", {{"X-Remote-User", "ada"}, {"X-Forwarded-For", "10.0.0.1"}, {"Forwarded", "for=10.0.0.1"}});
  EXPECT_EQ(told.error().code, ErrorCode::forbidden);
}

TEST_F(ProxyTest, TwoNamesAreNone) {
  EXPECT_EQ(ask("10.0.0.1", {{"X-Remote-User", "ada"}, {"X-Remote-User", "eve"}}).error().code,
            ErrorCode::invalid_argument);
}

TEST_F(ProxyTest, U65_NamesAreToldApart) {
  EXPECT_EQ((*ask("10.0.0.1", {{"X-Remote-User", "Ada"}}).value()).user, "sso:Ada");
  EXPECT_EQ((*ask("10.0.0.1", {{"X-Remote-User", "ad\xC3\xA1"}}).value()).user, "sso:ad%C3%A1");
  EXPECT_EQ((*ask("10.0.0.1", {{"X-Remote-User", "iam:ada"}}).value()).user, "sso:iam:ada");
  EXPECT_EQ(ask("10.0.0.1", {{"X-Remote-User", std::string(2000, 'x')}}).error().code, ErrorCode::unauthenticated);
}

TEST_F(ProxyTest, DistinguishedNamesHaveOneSpelling) {
  options_.distinguished_names = true;
  EXPECT_EQ((*ask("10.0.0.1", {{"X-Remote-User", "cn=Ada Lovelace, o=\"Example\""}}).value()).user,
            "sso:CN=Ada Lovelace,O=Example");
  EXPECT_EQ((*ask("10.0.0.1", {{"X-Remote-User", R"(CN=Ad\C3\A1)"}}).value()).user, "sso:CN=Ad%C3%A1");
  const auto refused = ask("10.0.0.1", {{"X-Remote-User", "/O=Example/CN=Ada"}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(refused.error().faults.front().input, "X-Remote-User");
}

}  // namespace
}  // namespace identity
