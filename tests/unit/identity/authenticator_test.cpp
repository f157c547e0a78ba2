#include "identity/authenticator.h"

#include <gmock/gmock.h>

#include "unit/identity/fake_site.h"
#include "util/hash.h"
#include "util/text.h"

namespace identity {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using util::ErrorCode;
using Fields = std::vector<std::pair<std::string, std::string>>;

class AuthenticatorTest : public testing::Test {
 protected:
  AuthenticatorTest() {
    options_.users = {{"ann", "", {"sha256:" + util::to_hex(util::sha256("token-a"))}, {"staff"}}};
    IssuerOptions issuer;
    issuer.name = "iam";
    issuer.url = FakeSite::url;
    issuer.audiences = {"us"};
    issuer.groups_claim = "groups";
    options_.issuers = {issuer};
    options_.proxy = {"sso", {"10.0.0.1"}, "X-Remote-User", "X-Remote-Groups", false};
  }

  void make() { who_ = make_authenticator(options_, site_.fetch(), clock_.clock()).value(); }

  util::Result<http::Identity> ask(const Fields& fields, std::string_view peer = "10.0.0.9", bool needs_name = true) {
    if (!who_) make();
    http::Headers headers;
    for (const auto& [name, value] : fields) headers.add(name, value);
    auto promise = std::make_shared<std::promise<util::Result<http::Identity>>>();
    who_->authenticate({peer, headers, needs_name},
                       [promise](util::Result<http::Identity> result) { promise->set_value(std::move(result)); });
    auto answer = promise->get_future();
    if (answer.wait_for(std::chrono::seconds(30)) != std::future_status::ready) throw std::runtime_error("no answer");
    return answer.get();
  }
  util::Result<http::Identity> bearer(const std::string& token) { return ask({{"Authorization", "Bearer " + token}}); }
  std::vector<std::string> challenges(const Fields& fields = {}) {
    if (!who_) make();
    http::Headers headers;
    for (const auto& [name, value] : fields) headers.add(name, value);
    return who_->challenges({"10.0.0.9", headers});
  }

  const fakes::Signer signer_{"k"};
  FakeSite site_{{signer_.jwk()}};
  FakeClock clock_;
  Options options_;
  std::unique_ptr<http::Authenticator> who_;
};

TEST_F(AuthenticatorTest, U65_WithoutCredentialsItDependsOnTheMode) {
  EXPECT_EQ(ask({}).error().code, ErrorCode::unauthenticated);
  for (const AnonymousMode mode : {AnonymousMode::own, AnonymousMode::shared}) {
    options_.anonymous = mode;
    make();
    EXPECT_TRUE(ask({}).value().anonymous());
  }
}

TEST_F(AuthenticatorTest, U65_WrongCredentialsAreNeverAnonymous) {
  options_.anonymous = AnonymousMode::shared;
  for (const std::string& wrong :
       {std::string("Basic !!!"), std::string("Basic Ojo="), std::string("Basic YTo="), std::string("Bearer x"),
        std::string("Bearer a.b.c"), std::string("Digest x"), std::string("Digest"),
        "Bearer " + std::string(20'000, 'x'), std::string("token-a")}) {
    const auto result = ask({{"Authorization", wrong}});
    ASSERT_FALSE(result.ok()) << wrong;
    EXPECT_EQ(result.error().code, ErrorCode::unauthenticated) << wrong;
  }
}

TEST_F(AuthenticatorTest, U65_EmptyCredentialsAreNoneWhereNoneAreNeeded) {
  for (const char* empty : {"", "Basic", "Basic Og==", "basic  Og", "Bearer", "Bearer  "}) {
    options_.anonymous = AnonymousMode::own;
    make();
    const auto nobody = ask({{"Authorization", empty}});
    ASSERT_TRUE(nobody.ok()) << empty;
    EXPECT_TRUE(nobody->anonymous()) << empty;
    options_.anonymous = AnonymousMode::off;
    make();
    EXPECT_EQ(ask({{"Authorization", empty}}).error().code, ErrorCode::unauthenticated) << empty;
    EXPECT_TRUE(ask({{"Authorization", empty}}, "10.0.0.9", false).value().anonymous()) << empty;
  }
}

TEST_F(AuthenticatorTest, U65_WhatNeedsNoNameIsForNobodyButNotForWrongCredentials) {
  EXPECT_TRUE(ask({}, "10.0.0.9", false).value().anonymous());
  EXPECT_EQ(ask({{"Authorization", "Bearer token-a"}}, "10.0.0.9", false).value().user, "ann");
  EXPECT_EQ(ask({{"Authorization", "Bearer token-b"}}, "10.0.0.9", false).error().code, ErrorCode::unauthenticated);
}

TEST_F(AuthenticatorTest, WhereNobodyHasANameNobodyIsInvited) {
  make();
  EXPECT_TRUE(who_->takes_names());
  options_.users.clear();
  options_.issuers.clear();
  make();
  EXPECT_FALSE(who_->takes_names());
  options_.challenges = {{"ivoa_x509", "", "", ""}};
  make();
  EXPECT_TRUE(who_->takes_names());
  EXPECT_THAT(challenges(), Not(Contains(HasSubstr("Basic")))) << "only the proxy gives names";
}

TEST_F(AuthenticatorTest, ATokenOfTheFileComesFirst) {
  const auto identity = ask({{"Authorization", "bearer  token-a"}}).value();
  EXPECT_EQ(identity.user, "ann");
  EXPECT_THAT(identity.groups, ElementsAre("staff"));
}

TEST_F(AuthenticatorTest, AnIssuersTokenNamesUserAndGroups) {
  const auto identity = bearer(signer_.token("ES256", usual_claims("4711", R"(,"groups":["vo",7,"a b"])"))).value();
  EXPECT_EQ(identity.user, "iam:4711");
  EXPECT_THAT(identity.groups, ElementsAre("iam:vo", "iam:a b"));
  EXPECT_FALSE(identity.administrator);
  EXPECT_THAT(bearer(signer_.token("ES256", usual_claims("1", R"(,"groups":"vo")"))).value().groups,
              ElementsAre("iam:vo"));
}

TEST_F(AuthenticatorTest, TheClaimsAreTheOperatorsChoice) {
  options_.issuers[0].user_claim = "preferred_username";
  options_.issuers[0].groups_claim = "/realm_access/roles";
  const auto identity = bearer(signer_.token("ES256", usual_claims("4711", R"(,"preferred_username":"Ad\u00e1",)"
                                                                           R"("realm_access":{"roles":["r"]})")))
                            .value();
  EXPECT_EQ(identity.user, "iam:Ad%C3%A1");
  EXPECT_THAT(identity.groups, ElementsAre("iam:r"));
  for (const char* without :
       {"", R"(,"preferred_username":7)", R"(,"preferred_username":"")", R"(,"preferred_username":["ada"])"}) {
    EXPECT_EQ(bearer(signer_.token("ES256", usual_claims("4711", without))).error().code, ErrorCode::unauthenticated)
        << without;
  }
}

TEST_F(AuthenticatorTest, U65_NamesOfDifferentSourcesNeverMeet) {
  options_.administrators = {"ann"};
  EXPECT_TRUE(bearer("token-a").value().administrator);
  const auto by_issuer = bearer(signer_.token("ES256", usual_claims("ann", R"(,"groups":["staff"])"))).value();
  const auto by_proxy = ask({{"X-Remote-User", "ann"}}, "10.0.0.1").value();
  EXPECT_EQ(by_issuer.user, "iam:ann");
  EXPECT_EQ(by_proxy.user, "sso:ann");
  EXPECT_FALSE(by_issuer.administrator);
  EXPECT_FALSE(by_proxy.administrator);
}

TEST_F(AuthenticatorTest, U67_AdministratorsAreNamedOrOfAGroup) {
  options_.administrators = {"iam:1"};
  options_.administrator_groups = {"staff", "iam:ops", "sso:ops"};
  EXPECT_TRUE(bearer("token-a").value().administrator);
  EXPECT_TRUE(bearer(signer_.token("ES256", usual_claims("1"))).value().administrator);
  EXPECT_FALSE(bearer(signer_.token("ES256", usual_claims("2", R"(,"groups":["staff"])"))).value().administrator);
  EXPECT_TRUE(bearer(signer_.token("ES256", usual_claims("3", R"(,"groups":["ops"])"))).value().administrator);
  EXPECT_TRUE(ask({{"X-Remote-User", "x"}, {"X-Remote-Groups", "a,ops"}}, "10.0.0.1").value().administrator);
}

TEST_F(AuthenticatorTest, TheProxysWordComesBeforeCredentials) {
  EXPECT_EQ(ask({{"X-Remote-User", "bob"}, {"Authorization", "Bearer token-a"}}, "10.0.0.1").value().user, "sso:bob");
  EXPECT_EQ(ask({{"Authorization", "Bearer token-a"}}, "10.0.0.1").value().user, "ann");
  EXPECT_EQ(ask({{"X-Remote-User", "bob"}, {"Authorization", "Bearer token-a"}}).error().code, ErrorCode::forbidden);
}

TEST_F(AuthenticatorTest, ABelievedTokenIsRememberedNoLongerThanItIsGood) {
  const std::string token = signer_.token("ES256", usual_claims());
  ASSERT_TRUE(bearer(token).ok());
  clock_.move(std::chrono::seconds(1'000'059));  // by the steady clock a minute has not passed, so it is remembered
  EXPECT_TRUE(bearer(token).ok());
  make();
  EXPECT_TRUE(bearer(token).ok());
  clock_.move(std::chrono::seconds(1));
  make();
  EXPECT_EQ(bearer(token).error().code, ErrorCode::unauthenticated);
}

TEST_F(AuthenticatorTest, TokensOfUnknownIssuersAreRefused) {
  const auto refused =
      bearer(signer_.token("ES256", R"({"iss":"https://eve.example.org","aud":"us","sub":"ada","exp":2000000})"));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().faults.front().reason, HasSubstr("iss"));
}

TEST_F(AuthenticatorTest, RefusalsDoNotRepeatTheToken) {
  const std::string token = signer_.token("ES256", usual_claims("ada", R"(,"nbf":1999999)"));
  const auto refused = bearer(token);
  ASSERT_FALSE(refused.ok());
  for (const std::string& piece : {token.substr(0, 20), token.substr(token.size() - 20)}) {
    EXPECT_THAT(util::to_string(refused.error().faults.front()), Not(HasSubstr(piece)));
  }
}

TEST_F(AuthenticatorTest, U65_ChallengesTellEveryWayIn) {
  options_.challenges = {{"ivoa_x509", "ivo://ivoa.net/sso#BasicAA", "https://cred.example.org", ""},
                         {"ivoa_x509", "", "", ""}};
  EXPECT_THAT(
      challenges(),
      ElementsAre(R"(Basic realm="docker-uws", charset="UTF-8")", R"(Bearer realm="docker-uws")",
                  R"(ivoa_bearer standard_id="ivo://ivoa.net/sso#OpenID", )"
                  R"(discovery_url="https://iam.example.org/.well-known/openid-configuration")",
                  R"(ivoa_x509 standard_id="ivo://ivoa.net/sso#BasicAA", access_url="https://cred.example.org")",
                  "ivoa_x509"));
  EXPECT_THAT(challenges({{"Authorization", "Bearer x"}}),
              Contains(R"(Bearer realm="docker-uws", error="invalid_token")"));
  EXPECT_THAT(challenges({{"Authorization", "Bearer"}}), Contains(R"(Bearer realm="docker-uws")"))
      << "none is no bad one";
}

TEST_F(AuthenticatorTest, U65_WithoutUsersOfTheFileBasicIsNoWayIn) {
  options_.users.clear();
  EXPECT_THAT(challenges(), Not(Contains(HasSubstr("Basic"))));
}

}  // namespace
}  // namespace identity
