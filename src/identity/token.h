// A JSON Web Token in compact form (RFC 7519, RFC 7515), taken apart and held against what an issuer's tokens must say.
//
// Hand-made over OpenSSL's signatures (keys.h) and not a JOSE library: what Debian 12 packages for it (cjose, jose,
// libjwt, cpp-jwt) also decrypts, signs, knows symmetric keys and `none`, and has had its worst faults just there. What
// a resource server needs of it is this file and keys.cpp. Computes only; any thread.
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

/// Of a token that is no token, or not for us. Its text never holds the token.
util::Error refused_token(std::string reason);

/// Three pieces between two dots: it is to be read as a JWT.
bool looks_like_token(std::string_view text);

/// What a token says. Nothing of it is true before its signature has been verified.
struct Token {
  std::string algorithm;              // "RS256"; whether there is such a one is the keys' business
  std::optional<std::string> key_id;  // kid
  data::Node claims;
  std::string text;  // whole, as it came
  std::string signature;

  /// Header and payload.
  std::string_view signed_text() const { return std::string_view(text).substr(0, text.rfind('.')); }

  /// iss; empty when it is none.
  std::string issuer() const;
};

/// Refuses what is malformed, given twice, typed as something else than an access or identity token, or critical and
/// unknown. `jwk`, `jku`, `x5c` and `x5u` are not looked at: a token does not choose who vouches for it.
util::Result<Token> parse_token(std::string_view text);

struct Expected {
  std::string issuer;
  std::vector<std::string> audiences;  // one of them must be meant
  std::chrono::seconds clock_skew{60};
};
/// iss, aud, exp, nbf, sub. Gives the instant at which it ends to be good, skew included.
util::Result<util::Instant> check_claims(const data::Node& claims, const Expected& expected, util::Instant now);

/// The member of that name when it is a string.
std::optional<std::string> string_member(const data::Node& object, std::string_view name);

/// A member of the claims by its name, or by a JSON pointer: "/realm_access/roles". Null when it is not there.
const data::Node* find_claim(const data::Node& claims, std::string_view name);

}  // namespace identity
