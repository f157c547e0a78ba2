#include "identity/users.h"

#include <atomic>
#include <future>
#include <thread>

#include <gmock/gmock.h>

#include "identity/password.h"
#include "util/hash.h"
#include "util/text.h"

namespace identity {
namespace {

using util::ErrorCode;

const std::string secret =
    "s\xC3\xA9"
    "cret:x";

/// One hash for all tests: it is slow by design.
const std::string& hash_of_secret() {
  static const std::string hash = hash_password(secret);
  return hash;
}

std::string basic(const std::string& name, const std::string& password) {
  return util::to_base64(name + ":" + password);
}

util::Result<http::Identity> ask(Users& users, const std::string& basic) {
  std::promise<util::Result<http::Identity>> promise;
  users.check_basic(basic, [&](util::Result<http::Identity> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

std::unique_ptr<Users> make() {
  return std::make_unique<Users>(std::vector<User>{
      {"ann", hash_of_secret(), {"sha256:" + util::to_hex(util::sha256("token-a"))}, {"staff"}}, {"bob", "", {}}});
}

TEST(Password, AHashHoldsOnlyForItsPassword) {
  EXPECT_TRUE(hash_of_secret().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_TRUE(verify_password(hash_of_secret(), secret));
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

TEST(Users, APasswordNamesAUserAndHisGroups) {
  const auto users = make();
  const auto identity = ask(*users, basic("ann", secret)).value();
  EXPECT_EQ(identity.user, "ann");
  EXPECT_THAT(identity.groups, testing::ElementsAre("staff"));
  EXPECT_FALSE(identity.administrator);
}

TEST(Users, U65_NamesAreComparedByteByByte) {
  const auto users = make();
  for (const char* other : {"Ann", "ann ", " ann", "ann\t", "a\xCC\x8Ann"}) {
    EXPECT_FALSE(ask(*users, basic(other, secret)).ok()) << other;
  }
}

TEST(Users, WrongCredentialsAreNobody) {
  const auto users = make();
  for (const std::string& wrong :
       {basic("ann", "wrong"), basic("eve", secret), basic("bob", ""), basic("", ""), std::string(), std::string("!!!"),
        util::to_base64("no colon"), util::to_base64("ann:\xFF"), std::string(5000, 'x')}) {
    const auto result = ask(*users, wrong);
    ASSERT_FALSE(result.ok()) << wrong;
    EXPECT_EQ(result.error().code, ErrorCode::unauthenticated) << wrong;
  }
}

TEST(Users, ATokenNamesItsUser) {
  EXPECT_EQ(make()->find_token("token-a")->user, "ann");
  EXPECT_FALSE(make()->find_token("token-b"));
  EXPECT_FALSE(make()->find_token(""));
}

TEST(Users, AVerifiedPasswordIsRemembered) {
  const auto users = make();
  ASSERT_TRUE(ask(*users, basic("ann", secret)).ok());
  bool at_once = false;
  const std::thread::id here = std::this_thread::get_id();
  users->check_basic(basic("ann", secret), [&](const util::Result<http::Identity>& result) {
    at_once = result.ok() && std::this_thread::get_id() == here;
  });
  EXPECT_TRUE(at_once);
}

TEST(Users, TheSamePasswordIsCheckedOnceForAllWhoWait) {
  std::atomic<int> known = 0;
  std::promise<void> all;
  const auto users = make();
  for (int i = 0; i < 200; ++i) {
    users->check_basic(basic("ann", secret), [&](const util::Result<http::Identity>& result) {
      if (result.ok() && ++known == 200) all.set_value();
    });
  }
  EXPECT_EQ(all.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST(Users, TooManyChecksAreRefused) {
  const std::string cheap = "$argon2id$v=19$m=4096,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo";  // fits no password
  std::atomic<int> refused = 0;
  std::atomic<int> done = 0;
  std::promise<void> all;
  Users users({{"ann", cheap, {}}});
  for (int i = 0; i < 60; ++i) {
    users.check_basic(basic("ann", std::to_string(i)), [&](const util::Result<http::Identity>& result) {
      if (result.error().code == ErrorCode::too_many) ++refused;
      if (++done == 60) all.set_value();
    });
  }
  ASSERT_EQ(all.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 60);
}

}  // namespace
}  // namespace identity
