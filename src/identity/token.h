// Parses a JSON Web Token in compact form (RFC 7519, RFC 7515), and checks its claims.
//
// This is our own code on top of OpenSSL's signatures (keys.h), not a JOSE library. The libraries that Debian 12
// packages (cjose, jose, libjwt, cpp-jwt) also decrypt, sign, and support symmetric keys and `none`, and had their
// worst vulnerabilities in just these functions. A resource server needs only this file and keys.cpp. Computes only;
// any thread may call.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/node.h"
#include "util/result.h"
#include "util/time.h"

namespace identity {

constexpr std::size_t longest_token = 16U << 10U;

/// The error for a token that is malformed or not accepted. `reason` must not contain the token.
util::Error refused_token(std::string reason);

/// True if the text has three parts separated by dots, as a JWT has.
bool looks_like_token(std::string_view text);

/// A parsed token. Nothing in it may be trusted before its signature has been verified.
struct Token {
  std::string algorithm;              // alg, such as "RS256"; keys.h decides which algorithms are known
  std::optional<std::string> key_id;  // kid
  data::Node claims;
  std::string text;  // the whole token as received
  std::string signature;

  /// The encoded header and payload, which are signed.
  std::string_view signed_text() const { return std::string_view(text).substr(0, text.rfind('.')); }

  /// The claim iss; empty when it is missing or no string.
  std::string issuer() const;
};

/// Refuses a token that is malformed, has a member twice, has a `typ` other than JWT or at+jwt, or has `crit`. `jwk`,
/// `jku`, `x5c` and `x5u` are ignored: a token must not choose the keys that it is verified with.
util::Result<Token> parse_token(std::string_view text);

struct TokenRequirements {
  std::string issuer;
  std::vector<std::string> audiences;  // aud must contain one of them
  std::chrono::seconds clock_skew{60};
};
/// Checks iss, aud, exp, nbf and sub. Returns when the token expires, clock skew included.
util::Result<util::Instant> check_claims(const data::Node& claims, const TokenRequirements& expected,
                                         util::Instant now);

/// The member of that name if it is a string, otherwise nullopt.
std::optional<std::string> string_member(const data::Node& object, std::string_view name);

/// Finds a member of the claims by its name or by a JSON pointer such as "/realm_access/roles". Null if there is none.
const data::Node* find_claim(const data::Node& claims, std::string_view name);

}  // namespace identity
