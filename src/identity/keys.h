// An issuer's public keys (RFC 7517), and the one thing that is done with them: verifying a token's signature.
//
// An algorithm belongs to the type of a key, and to the key itself where that says so: a token can neither have an RSA
// key taken for a secret (HS256), nor ask for no signature at all (`none`). Immutable once read; any thread.
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
  /// A JWKS. Keys that are not for signatures, of an unknown kind, too weak or too costly are left out;
  /// invalid_argument when none is left.
  static util::Result<KeySet> parse(std::string_view json);

  enum class Verdict {
    verified,
    refused,      // the signature is not the named key's, or the algorithm not for it
    unknown_key,  // there is no key of that name, or none was named and none fits: it may be a new one
  };
  Verdict verify(const Token& token) const;

  std::size_t size() const { return keys_.size(); }

 private:
  struct Key;
  std::vector<std::shared_ptr<const Key>> keys_;
};

/// RS256, PS256, ES256 and their like, EdDSA; never HS256, never none.
bool is_known_algorithm(std::string_view name);

}  // namespace identity
