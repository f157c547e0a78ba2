#include "identity/token.h"

#include <gmock/gmock.h>

#include "fakes/token_signer.h"

namespace identity {
namespace {

using fakes::base64url;
using namespace std::chrono_literals;

std::string token(const std::string& header, const std::string& claims) {
  return base64url(header) + "." + base64url(claims) + "." + base64url("signature");
}
const std::string usual = R"({"alg":"ES256","kid":"k"})";

bool is_refused(const std::string& text) {
  const auto parsed = parse_token(text);
  return !parsed.ok() && parsed.error().code == util::ErrorCode::unauthenticated;
}

TEST(Token, IsTakenApart) {
  const auto parsed = parse_token(token(usual, R"({"iss":"https://iam","sub":"ada"})"));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->algorithm, "ES256");
  EXPECT_EQ(parsed->key_id, "k");
  EXPECT_EQ(parsed->issuer(), "https://iam");
  EXPECT_EQ(parsed->signature, "signature");
  EXPECT_EQ(parsed->signed_text(), base64url(usual) + "." + base64url(R"({"iss":"https://iam","sub":"ada"})"));
}

TEST(Token, MalformedOnesAreRefused) {
  const std::string good = token(usual, "{}");
  EXPECT_FALSE(is_refused(good));
  EXPECT_TRUE(is_refused(good + "."));
  EXPECT_TRUE(is_refused(good + "="));
  EXPECT_TRUE(is_refused(good.substr(0, good.rfind('.'))));
  EXPECT_TRUE(is_refused(good.substr(0, good.rfind('.') + 1)));  // no signature
  EXPECT_TRUE(is_refused(""));
  EXPECT_TRUE(is_refused(".."));
  EXPECT_TRUE(is_refused("." + good));
  EXPECT_TRUE(is_refused("a+/." + base64url("{}") + ".eA"));
  for (const char* json : {"", "[]", "1", "\"x\"", "{", "{}x", "{\"a\":1,\"a\":2}", "\xFF", "{\"a\":\"\\u0000\"}"}) {
    EXPECT_TRUE(is_refused(token(usual, json))) << json;
    EXPECT_TRUE(is_refused(token(json, "{}"))) << json;
  }
}

TEST(Token, ClaimsGivenTwiceAreRefused) {
  EXPECT_TRUE(is_refused(token(usual, R"({"sub":"ada","sub":"eve"})")));
  EXPECT_TRUE(is_refused(token(R"({"alg":"ES256","alg":"none"})", "{}")));
}

TEST(Token, HeadersThatMeanSomethingElseAreRefused) {
  for (const char* header :
       {"{}", R"({"alg":1})", R"({"alg":"ES256","crit":["exp"]})", R"({"alg":"ES256","crit":[],"b64":false})",
        R"({"alg":"ES256","typ":"secevent+jwt"})", R"({"alg":"ES256","typ":"dpop+jwt"})", R"({"alg":"ES256","typ":1})",
        R"({"alg":"ES256","kid":1})", R"({"alg":"ES256","kid":null})"}) {
    EXPECT_TRUE(is_refused(token(header, "{}"))) << header;
  }
  for (const char* header : {R"({"alg":"ES256"})", R"({"alg":"ES256","typ":"JWT"})",
                             R"({"alg":"ES256","typ":"at+jwt"})", R"({"alg":"ES256","typ":"application/at+JWT"})"}) {
    EXPECT_FALSE(is_refused(token(header, "{}"))) << header;
  }
}

TEST(Token, HugeAndDeepOnesAreRefused) {
  EXPECT_TRUE(is_refused(token(usual, R"({"x":")" + std::string(longest_token, 'x') + "\"}")));
  std::string deep = "{\"a\":";
  for (int i = 0; i < 100; ++i) deep += "[";
  for (int i = 0; i < 100; ++i) deep += "]";
  EXPECT_TRUE(is_refused(token(usual, deep + "}")));
  EXPECT_TRUE(is_refused(token(R"({"alg":"ES256","kid":")" + std::string(2000, 'k') + "\"}", "{}")));
}

class Claims : public testing::Test {
 protected:
  std::string reason(const std::string& json) {
    const auto claims = data::parse_json(json);
    if (!claims.ok()) return "is not JSON that is read";
    const auto until = check_claims(*claims, expected_, now_);
    return until.ok() ? "" : until.error().faults.front().reason;
  }
  /// The reason why a token with these times is refused. All its other claims are valid.
  std::string reason_of_time(const std::string& times) {
    return reason(R"({"iss":"https://iam","aud":"us","sub":"ada",)" + times + "}");
  }

  const TokenRequirements expected_{"https://iam", {"us", "us-too"}, 60s};
  const util::Instant now_{std::chrono::seconds(1'000'000)};
};

TEST_F(Claims, ThatFit) {
  EXPECT_EQ(reason(R"({"iss":"https://iam","aud":"us","sub":"ada","exp":1000100})"), "");
  EXPECT_EQ(reason(R"({"iss":"https://iam","aud":["them","us-too"],"sub":"ada","exp":1000100.5,"nbf":999999})"), "");
}

TEST_F(Claims, OfOthersAreRefused) {
  for (const char* json : {
           R"({"aud":"us","sub":"ada","exp":1000100})",
           R"({"iss":"https://iam/","aud":"us","sub":"ada","exp":1000100})",
           R"({"iss":["https://iam"],"aud":"us","sub":"ada","exp":1000100})",
           R"({"iss":"https://iam","sub":"ada","exp":1000100})",
           R"({"iss":"https://iam","aud":"them","sub":"ada","exp":1000100})",
           R"({"iss":"https://iam","aud":"US","sub":"ada","exp":1000100})",
           R"({"iss":"https://iam","aud":[],"sub":"ada","exp":1000100})",
           R"({"iss":"https://iam","aud":[["us"]],"sub":"ada","exp":1000100})",
           R"({"iss":"https://iam","aud":{"us":"us"},"sub":"ada","exp":1000100})",
           R"({"iss":"https://iam","aud":"us","exp":1000100})",
           R"({"iss":"https://iam","aud":"us","sub":"","exp":1000100})",
           R"({"iss":"https://iam","aud":"us","sub":4711,"exp":1000100})",
       }) {
    EXPECT_NE(reason(json), "") << json;
  }
}

TEST_F(Claims, HaveTheirTimeWithSkew) {
  EXPECT_EQ(reason_of_time(R"("exp":999941)"), "");
  EXPECT_THAT(reason_of_time(R"("exp":999940)"), testing::HasSubstr("expired"));
  EXPECT_EQ(reason_of_time(R"("exp":1000100,"nbf":1000060)"), "");
  EXPECT_THAT(reason_of_time(R"("exp":1000100,"nbf":1000061)"), testing::HasSubstr("not valid before"));
  EXPECT_EQ(
      check_claims(*data::parse_json(R"({"iss":"https://iam","aud":"us","sub":"ada","exp":1000100})"), expected_, now_)
          .value(),
      util::Instant(std::chrono::seconds(1'000'160)));
}

TEST_F(Claims, TimesThatAreNoneAreRefused) {
  for (const char* times :
       {R"("iat":1)", R"("exp":"1000100")", R"("exp":null)", R"("exp":true)", R"("exp":1e400)", R"("exp":1e300)",
        R"("exp":-1)", R"("exp":[1000100])", R"("exp":1000100,"nbf":"1")", R"("exp":99999999999999999999999999)"}) {
    EXPECT_NE(reason_of_time(times), "") << times;
  }
}

TEST(FindClaim, ByNameOrPointer) {
  const auto claims = *data::parse_json(R"({"a/b":{"c~":["x"]},"https://x/groups":["g"],"n":{"m":1}})");
  EXPECT_NE(find_claim(claims, "https://x/groups"), nullptr);
  EXPECT_EQ(find_claim(claims, "/n/m")->text(), "1");
  EXPECT_NE(find_claim(claims, "/a~1b/c~0"), nullptr);
  EXPECT_EQ(find_claim(claims, "/n/x/y"), nullptr);
  EXPECT_EQ(find_claim(claims, "n/m"), nullptr);
}

}  // namespace
}  // namespace identity
