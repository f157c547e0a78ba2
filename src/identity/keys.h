// An issuer's public keys (RFC 7517), for verifying the signatures of its tokens.
//
// A key is used only with the algorithms of its type, and only with its `alg` if it has one. So a token can neither
// have an RSA key used as a shared secret (HS256), nor ask for no signature at all (`none`). Immutable after parse();
// any thread may call.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/token.h"
#include "util/result.h"

namespace identity {

class KeySet {
 public:
  /// Parses a JWKS. Keys that are not for signatures, of an unknown type, too weak or too slow are left out. Fails with
  /// invalid_argument when no key is left.
  static util::Result<KeySet> parse(std::string_view json);

  enum class Verdict {
    verified,
    refused,      // the key with the token's kid did not make this signature, or is not for its algorithm
    unknown_key,  // no key has the token's kid; or the token has no kid and no key fits: a fetch may bring a new key
  };
  Verdict verify(const Token& token) const;

  std::size_t size() const { return keys_.size(); }

 private:
  struct Key;
  std::vector<std::shared_ptr<const Key>> keys_;
};

/// True for RS256, PS256 and ES256, for each also with 384 and 512, and for EdDSA and Ed25519; never for HS256 or none.
bool is_known_algorithm(std::string_view name);

}  // namespace identity
