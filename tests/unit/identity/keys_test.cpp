#include "identity/keys.h"

#include <gmock/gmock.h>

#include "fakes/token_signer.h"

namespace identity {
namespace {

using fakes::base64url;
using fakes::key_set;
using fakes::Signer;
using Verdict = KeySet::Verdict;

const std::string claims = R"({"sub":"ada"})";

/// One RSA key for all tests, because creating one takes a while.
const Signer& rsa() {
  static const Signer signer("r", "RSA");
  return signer;
}

Verdict verdict(const KeySet& keys, const std::string& text) { return keys.verify(parse_token(text).value()); }

TEST(Keys, VerifyEveryAlgorithmOfTheirType) {
  const Signer p256("a", "P-256"), p384("b", "P-384"), p521("c", "P-521"), ed25519("d", "ED25519");
  const auto keys = KeySet::parse(key_set({rsa().jwk(), p256.jwk(), p384.jwk(), p521.jwk(), ed25519.jwk()})).value();
  EXPECT_EQ(keys.size(), 5U);
  for (const char* algorithm : {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}) {
    EXPECT_EQ(verdict(keys, rsa().token(algorithm, claims)), Verdict::verified) << algorithm;
  }
  EXPECT_EQ(verdict(keys, p256.token("ES256", claims)), Verdict::verified);
  EXPECT_EQ(verdict(keys, p384.token("ES384", claims)), Verdict::verified);
  EXPECT_EQ(verdict(keys, p521.token("ES512", claims)), Verdict::verified);
  EXPECT_EQ(verdict(keys, ed25519.token("EdDSA", claims)), Verdict::verified);
  EXPECT_EQ(verdict(keys, ed25519.token("Ed25519", claims)), Verdict::verified);
}

TEST(Keys, AChangedTokenIsRefused) {
  const Signer signer("a"), edwards("d", "ED25519");
  const auto keys = KeySet::parse(key_set({signer.jwk(), rsa().jwk(), edwards.jwk()})).value();
  for (const std::string& good :
       {signer.token("ES256", claims), rsa().token("RS256", claims), edwards.token("EdDSA", claims)}) {
    ASSERT_EQ(verdict(keys, good), Verdict::verified);
    const auto first = good.find('.'), second = good.rfind('.');
    EXPECT_EQ(verdict(keys, good.substr(0, first + 1) + base64url(R"({"sub":"eve"})") + good.substr(second)),
              Verdict::refused);
    const std::string other = signer.token("ES256", R"({"sub":"eve"})");
    EXPECT_EQ(verdict(keys, good.substr(0, second) + other.substr(other.rfind('.'))), Verdict::refused);
    EXPECT_EQ(verdict(keys, good.substr(0, second + 1) + base64url(std::string(64, '\0'))), Verdict::refused);
    EXPECT_EQ(verdict(keys, good.substr(0, second + 1) + base64url("x")), Verdict::refused);
  }
}

TEST(Keys, TheWrongKeyUnderTheRightNameIsRefused) {
  const Signer issuers("a"), eves("a");
  EXPECT_EQ(verdict(KeySet::parse(key_set({issuers.jwk()})).value(), eves.token("ES256", claims)), Verdict::refused);
}

TEST(Keys, AnUnknownNameIsTold) {
  const Signer known("a"), unknown("b");
  EXPECT_EQ(verdict(KeySet::parse(key_set({known.jwk()})).value(), unknown.token("ES256", claims)),
            Verdict::unknown_key);
}

TEST(Keys, NoneIsNoAlgorithm) {
  const auto keys = KeySet::parse(key_set({rsa().jwk()})).value();
  for (const char* name : {"none", "None", "NONE", "nOnE", "", "rs256", "RS256 ", "RS1", "ES256K", "Ed448", "dir"}) {
    EXPECT_FALSE(is_known_algorithm(name)) << name;
    const std::string header = R"({"alg":")" + std::string(name) + R"(","kid":"r"})";
    EXPECT_EQ(verdict(keys, base64url(header) + "." + base64url(claims) + ".eA"), Verdict::refused) << name;
  }
}

TEST(Keys, APublicKeyIsNoSecret) {
  const auto keys = KeySet::parse(key_set({rsa().jwk()})).value();
  for (const std::string& secret : {rsa().public_pem(), rsa().jwk(), std::string()}) {
    EXPECT_EQ(verdict(keys, fakes::hmac_token(R"({"alg":"HS256","kid":"r"})", claims, secret)), Verdict::refused);
  }
  EXPECT_FALSE(is_known_algorithm("HS256"));
}

TEST(Keys, AKeyOfAnotherTypeIsNotUsed) {
  const Signer p256("x", "P-256"), p384("x", "P-384");
  const auto keys = KeySet::parse(key_set({p384.jwk()})).value();
  EXPECT_EQ(verdict(keys, p256.token("ES256", claims)), Verdict::refused);
  EXPECT_EQ(verdict(keys, p384.sign("ES384", R"({"alg":"RS256","kid":"x"})", claims)), Verdict::refused);
  EXPECT_EQ(verdict(keys, p384.sign("ES384", R"({"alg":"ES256","kid":"x"})", claims)), Verdict::refused);
  EXPECT_EQ(verdict(keys, p384.sign("ES384", R"({"alg":"ES384","kid":"x"})", claims)), Verdict::verified);
}

TEST(Keys, AKeysOwnAlgorithmBindsIt) {
  const auto keys = KeySet::parse(key_set({rsa().jwk(R"(,"alg":"PS256")")})).value();
  EXPECT_EQ(verdict(keys, rsa().token("PS256", claims)), Verdict::verified);
  EXPECT_EQ(verdict(keys, rsa().token("RS256", claims)), Verdict::refused);
  EXPECT_EQ(verdict(keys, rsa().token("PS384", claims)), Verdict::refused);
}

TEST(Keys, AnEmbeddedKeyIsNotLookedAt) {
  const Signer issuers("a"), eves("a");
  const auto keys = KeySet::parse(key_set({issuers.jwk()})).value();
  EXPECT_EQ(verdict(keys, eves.token("ES256", claims, R"(,"jwk":)" + eves.jwk())), Verdict::refused);
  EXPECT_EQ(verdict(keys, eves.token("ES256", claims, R"(,"jku":"https://eve.example/keys")")), Verdict::refused);
  EXPECT_EQ(verdict(keys, eves.token("ES256", claims, R"(,"x5u":"https://eve.example/c","x5c":["AA=="])")),
            Verdict::refused);
}

TEST(Keys, WithoutANameThoseThatFitAreTried) {
  const Signer one("a"), two("b");
  const auto keys = KeySet::parse(key_set({rsa().jwk(), one.jwk(), two.jwk()})).value();
  EXPECT_EQ(verdict(keys, two.sign("ES256", R"({"alg":"ES256"})", claims)), Verdict::verified);
  EXPECT_EQ(verdict(keys, Signer("c").sign("ES256", R"({"alg":"ES256"})", claims)), Verdict::unknown_key);
}

TEST(Keys, WeakCostlyAndForeignOnesAreLeftOut) {
  const Signer weak("w", "RSA", 1024), fine("f");
  const std::string n = rsa().jwk();
  const auto with_exponent = [&](const std::string& e) {
    return n.substr(0, n.find(R"("e":)")) + R"("e":")" + base64url(e) + "\"}";
  };
  const auto keys = KeySet::parse(key_set({
      fine.jwk(),
      weak.jwk(),
      with_exponent("\x01"),
      with_exponent(std::string("\x01\x00\x00", 3)),
      with_exponent(std::string(64, '\xFF')),
      rsa().jwk(R"(,"use":"enc")"),
      rsa().jwk(R"(,"key_ops":["sign"])"),
      R"({"kty":"oct","k":"c2VjcmV0","kid":"o"})",
      R"({"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ"})",
      R"({"kty":"EC","crv":"P-256","x":")" + base64url(std::string(32, 'x')) + R"(","y":")" +
          base64url(std::string(32, 'y')) + "\"}",  // not on the curve
      R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})",
      R"({"kty":"RSA","n":1,"e":[]})",
      "7",
      "null",
  }));
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(keys->size(), 1U);
}

TEST(Keys, ASetWithoutAnyIsNone) {
  for (const char* json :
       {"", "{}", "[]", R"({"keys":[]})", R"({"keys":{}})", R"({"keys":[{"kty":"oct","k":"AA"}]})"}) {
    EXPECT_FALSE(KeySet::parse(json).ok()) << json;
  }
}

}  // namespace
}  // namespace identity
