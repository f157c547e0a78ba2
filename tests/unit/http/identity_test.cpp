#include "http/identity.h"

#include <atomic>
#include <future>

#include <gmock/gmock.h>

#include "http/password.h"
#include "util/hash.h"
#include "util/text.h"

namespace http {
namespace {

using util::ErrorCode;

/// One hash for all tests: it is slow by design.
const std::string& hash_of_secret() {
  static const std::string hash = hash_password(
      "s\xC3\xA9"
      "cret:x");
  return hash;
}

std::string basic(const std::string& name, const std::string& password) {
  return "Basic " + util::to_base64(name + ":" + password);
}

util::Result<Identity> ask(Authenticator& who, std::optional<std::string> authorization) {
  std::promise<util::Result<Identity>> promise;
  who.authenticate(authorization, [&](util::Result<Identity> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

std::unique_ptr<Authenticator> make(AnonymousMode mode = AnonymousMode::off) {
  return make_authenticator(
      {mode, {{"ann", hash_of_secret(), {"sha256:" + util::to_hex(util::sha256("token-a"))}}, {"bob", "", {}}}});
}

TEST(Password, AHashHoldsOnlyForItsPassword) {
  EXPECT_TRUE(hash_of_secret().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_TRUE(verify_password(hash_of_secret(),
                              "s\xC3\xA9"
                              "cret:x"));
  EXPECT_FALSE(verify_password(hash_of_secret(), "secret:x"));
  EXPECT_FALSE(verify_password(hash_of_secret(), ""));
}

TEST(Password, OtherCostsAreFineWithinBounds) {
  const std::string rest = "$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo";
  EXPECT_TRUE(is_password_hash("$argon2id$v=19$m=65536,t=3,p=4" + rest));
  for (const char* costs : {"m=2097152,t=3,p=4", "m=65536,t=33,p=4", "m=65536,t=3,p=17", "m=0,t=3,p=1", "m=65536,t=3",
                            "m=-1,t=1,p=1", "t=3,m=65536,p=4"}) {
    EXPECT_FALSE(is_password_hash("$argon2id$v=19$" + std::string(costs) + rest)) << costs;
  }
  EXPECT_FALSE(is_password_hash("$argon2i$v=19$m=65536,t=3,p=4" + rest));
  EXPECT_FALSE(is_password_hash("secret"));
  EXPECT_FALSE(is_password_hash(""));
}

TEST(Identity, WithoutCredentialsItDependsOnTheMode) {
  EXPECT_EQ(ask(*make(AnonymousMode::off), std::nullopt).error().code, ErrorCode::unauthenticated);
  EXPECT_TRUE(ask(*make(AnonymousMode::own), std::nullopt).value().anonymous());
  EXPECT_TRUE(ask(*make(AnonymousMode::shared), std::nullopt).value().anonymous());
}

TEST(Identity, BasicNamesAUser) {
  const auto who = make();
  EXPECT_EQ(ask(*who, basic("ann",
                            "s\xC3\xA9"
                            "cret:x"))
                .value()
                .user,
            "ann");
  EXPECT_EQ(ask(*who, "basic  " + basic("ann",
                                        "s\xC3\xA9"
                                        "cret:x")
                                      .substr(6))
                .value()
                .user,
            "ann");
}

TEST(Identity, WrongCredentialsAreNeverAnonymous) {
  const auto who = make(AnonymousMode::shared);
  for (const std::string& wrong :
       {basic("ann", "wrong"),
        basic("eve",
              "s\xC3\xA9"
              "cret:x"),
        basic("bob", ""), basic("", ""), std::string("Basic"), std::string("Basic !!!"),
        "Basic " + util::to_base64("no colon"), "Basic " + util::to_base64("ann:\xFF"), std::string("Bearer token-b"),
        std::string("Bearer "), std::string("Digest x"), std::string(), "Bearer " + std::string(5000, 'x')}) {
    const auto result = ask(*who, wrong);
    ASSERT_FALSE(result.ok()) << wrong;
    EXPECT_EQ(result.error().code, ErrorCode::unauthenticated) << wrong;
  }
}

TEST(Identity, ATokenNamesItsUser) { EXPECT_EQ(ask(*make(), "Bearer token-a").value().user, "ann"); }

TEST(Identity, AVerifiedPasswordIsRemembered) {
  const auto who = make();
  ASSERT_TRUE(ask(*who, basic("ann",
                              "s\xC3\xA9"
                              "cret:x"))
                  .ok());
  bool at_once = false;
  const std::thread::id here = std::this_thread::get_id();
  who->authenticate(
      basic("ann",
            "s\xC3\xA9"
            "cret:x"),
      [&](const util::Result<Identity>& result) { at_once = result.ok() && std::this_thread::get_id() == here; });
  EXPECT_TRUE(at_once);
}

TEST(Identity, TheSamePasswordIsCheckedOnceForAllWhoWait) {
  const auto who = make();
  std::atomic<int> known = 0;
  std::promise<void> all;
  for (int i = 0; i < 200; ++i) {
    who->authenticate(basic("ann",
                            "s\xC3\xA9"
                            "cret:x"),
                      [&](const util::Result<Identity>& result) {
                        if (result.ok() && ++known == 200) all.set_value();
                      });
  }
  EXPECT_EQ(all.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST(Identity, TooManyChecksAreRefused) {
  const std::string cheap = "$argon2id$v=19$m=4096,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo";  // of nobody's password
  const auto who = make_authenticator({AnonymousMode::off, {{"ann", cheap, {}}}});
  std::atomic<int> refused = 0;
  std::atomic<int> done = 0;
  std::promise<void> all;
  for (int i = 0; i < 60; ++i) {
    who->authenticate(basic("ann", std::to_string(i)), [&](const util::Result<Identity>& result) {
      if (result.error().code == ErrorCode::too_many) ++refused;
      if (++done == 60) all.set_value();
    });
  }
  ASSERT_EQ(all.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 60);
}

}  // namespace
}  // namespace http
