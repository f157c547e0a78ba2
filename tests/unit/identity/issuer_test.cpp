#include "identity/issuer.h"

#include <gmock/gmock.h>

#include "unit/identity/fake_site.h"

namespace identity {
namespace {

using fakes::Signer;
using util::ErrorCode;
using namespace std::chrono_literals;

class IssuerTest : public testing::Test {
 protected:
  using Answer = std::future<util::Result<VerifiedToken>>;

  void SetUp() override {
    IssuerOptions options;
    options.name = "iam";
    options.url = FakeSite::url;
    options.audiences = {"us"};
    issuer_ = std::make_shared<Issuer>(options, site_.fetch(), loop_, clock_.clock());
  }

  Answer begin(const std::string& token) {
    auto promise = std::make_shared<std::promise<util::Result<VerifiedToken>>>();
    issuer_->verify(parse_token(token).value(),
                    [promise](util::Result<VerifiedToken> result) { promise->set_value(std::move(result)); });
    return promise->get_future();
  }
  static util::Result<VerifiedToken> end(Answer answer) {
    if (answer.wait_for(30s) != std::future_status::ready) throw std::runtime_error("no answer came");
    return answer.get();
  }
  util::Result<VerifiedToken> ask(const std::string& token) { return end(begin(token)); }
  ErrorCode refusal(const std::string& token) { return ask(token).error().code; }
  static bool is_there(const Answer& answer) { return answer.wait_for(0s) == std::future_status::ready; }

  const Signer old_{"old"};
  const Signer new_{"new"};
  const std::string token_ = old_.token("ES256", usual_claims());
  const std::string next_ = new_.token("ES256", usual_claims());
  FakeClock clock_;
  FakeSite site_{{old_.jwk()}};
  util::EventLoop loop_{"identity"};
  std::shared_ptr<Issuer> issuer_;
};

TEST_F(IssuerTest, FetchesItsKeysWhenTheyAreWantedFirst) {
  const auto believed = ask(token_);
  ASSERT_TRUE(believed.ok());
  EXPECT_EQ(believed->until, util::Instant(2'000'060s));
  EXPECT_EQ(site_.fetches(), 1);
  EXPECT_TRUE(is_there(begin(token_)));  // answered at once
  EXPECT_EQ(site_.fetches(), 1);
}

TEST_F(IssuerTest, ManyWaitForOneFetch) {
  site_.hold();
  std::vector<Answer> answers;
  for (int i = 0; i < 50; ++i) answers.push_back(begin(token_));
  EXPECT_EQ(site_.fetches(), 1);
  EXPECT_FALSE(is_there(answers.front()));
  site_.release();
  for (Answer& answer : answers) EXPECT_TRUE(end(std::move(answer)).ok());
  EXPECT_EQ(site_.fetches(), 1);
}

TEST_F(IssuerTest, SoManyWaitAndNoMore) {
  site_.hold();
  std::vector<Answer> answers;
  for (int i = 0; i < 1000; ++i) answers.push_back(begin(token_));
  EXPECT_EQ(refusal(token_), ErrorCode::too_many);
  site_.release();
  EXPECT_TRUE(end(std::move(answers.back())).ok());
}

TEST_F(IssuerTest, ARotatedKeyIsFetched) {
  ASSERT_TRUE(ask(token_).ok());
  site_.show({old_.jwk(), new_.jwk()});
  clock_.move(31s);
  EXPECT_TRUE(ask(next_).ok());
  EXPECT_TRUE(ask(token_).ok());
  EXPECT_EQ(site_.fetches(), 2);
}

TEST_F(IssuerTest, ARotatedKeyThatTokensDoNotNameIsFetched) {
  const auto unnamed = [](const Signer& signer) { return signer.sign("ES256", R"({"alg":"ES256"})", usual_claims()); };
  ASSERT_TRUE(ask(unnamed(old_)).ok());
  EXPECT_EQ(refusal(unnamed(new_)), ErrorCode::unauthenticated);
  site_.show({new_.jwk()});
  clock_.move(31s);
  EXPECT_TRUE(ask(unnamed(new_)).ok());
}

TEST_F(IssuerTest, UnknownKeysLeadToOneFetchAnInterval) {
  ASSERT_TRUE(ask(token_).ok());
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(refusal(Signer("eve" + std::to_string(i)).token("ES256", usual_claims())), ErrorCode::unauthenticated);
  }
  EXPECT_EQ(site_.fetches(), 1);
  clock_.move(31s);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(refusal(Signer("eve" + std::to_string(i)).token("ES256", usual_claims())), ErrorCode::unauthenticated);
  }
  EXPECT_EQ(site_.fetches(), 2);
}

TEST_F(IssuerTest, KnownKeysDoNotWaitForAFetch) {
  ASSERT_TRUE(ask(token_).ok());
  clock_.move(31s);
  site_.hold();
  Answer waits = begin(next_);
  EXPECT_FALSE(is_there(waits));
  EXPECT_TRUE(ask(token_).ok());
  site_.release();
  EXPECT_EQ(end(std::move(waits)).error().code, ErrorCode::unauthenticated);
}

TEST_F(IssuerTest, AWithdrawnKeyIsForgotten) {
  ASSERT_TRUE(ask(token_).ok());
  site_.show({new_.jwk()});
  clock_.move(31s);
  ASSERT_TRUE(ask(next_).ok());
  EXPECT_EQ(refusal(token_), ErrorCode::unauthenticated);
}

TEST_F(IssuerTest, KeysAreUsedForATimeWhileItCannotBeReached) {
  ASSERT_TRUE(ask(token_).ok());
  site_.answer(false);
  clock_.move(23h);
  issuer_->start();
  EXPECT_TRUE(ask(token_).ok());
  clock_.move(2h);
  EXPECT_EQ(refusal(token_), ErrorCode::unavailable);
  site_.answer(true);
  clock_.move(31s);
  EXPECT_TRUE(ask(token_).ok());
}

TEST_F(IssuerTest, WithoutKeysNobodyIsRefusedForGood) {
  site_.answer(false);
  const auto answer = ask(token_);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(answer.error().retry_after);
  EXPECT_EQ(refusal(token_), ErrorCode::unavailable);
  EXPECT_EQ(site_.fetches(), 1);
  site_.answer(true);
  clock_.move(31s);
  EXPECT_TRUE(ask(token_).ok());
}

TEST_F(IssuerTest, AnEmptyKeySetDoesNotReplaceTheKeys) {
  ASSERT_TRUE(ask(token_).ok());
  site_.show({});
  clock_.move(31s);
  EXPECT_EQ(refusal(next_), ErrorCode::unauthenticated);
  EXPECT_TRUE(ask(token_).ok());
}

TEST_F(IssuerTest, WhatIsClearlyNotForUsLeadsToNoFetch) {
  EXPECT_EQ(refusal(old_.token("ES256", R"({"iss":"https://iam.example.org","aud":"them","sub":"a","exp":2000000})")),
            ErrorCode::unauthenticated);
  EXPECT_EQ(refusal(old_.token("ES256", usual_claims("ada", R"(,"nbf":1999999)"))), ErrorCode::unauthenticated);
  EXPECT_EQ(refusal(old_.sign("ES256", R"({"alg":"none"})", usual_claims())), ErrorCode::unauthenticated);
  EXPECT_EQ(site_.fetches(), 0);
}

TEST_F(IssuerTest, ADescriptionOfAnotherIsRefused) {
  for (const char* description :
       {R"({"issuer":"https://eve.example.org","jwks_uri":"https://keys.example.org/jwks"})",
        R"({"issuer":"https://iam.example.org","jwks_uri":"http://keys.example.org/jwks"})",
        R"({"issuer":"https://iam.example.org","jwks_uri":"file:///etc/passwd"})",
        R"({"issuer":"https://iam.example.org"})", "[]", "", R"({"issuer":1,"jwks_uri":2})"}) {
    site_.describe(description);
    EXPECT_EQ(refusal(token_), ErrorCode::unavailable) << description;
    clock_.move(31s);
  }
}

TEST_F(IssuerTest, IsFetchedAheadOnceStarted) {
  issuer_->start();
  EXPECT_EQ(site_.fetches(), 1);
  EXPECT_TRUE(ask(token_).ok());
  EXPECT_EQ(site_.fetches(), 1);
}

TEST_F(IssuerTest, DoesNothingMoreWhenItWasStopped) {
  site_.hold();
  Answer answer = begin(token_);
  issuer_->stop();
  EXPECT_THROW((void)answer.get(), std::future_error);
  site_.release();
  issuer_->start();
  EXPECT_EQ(site_.fetches(), 1);
}

TEST_F(IssuerTest, GoesWhileAFetchIsOnItsWay) {
  site_.hold();
  Answer answer = begin(token_);
  issuer_.reset();
  site_.release();
  EXPECT_THROW((void)answer.get(), std::future_error);
}

}  // namespace
}  // namespace identity
