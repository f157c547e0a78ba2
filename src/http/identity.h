// Who asks: Basic users and bearer tokens, or nobody (U65).
//
// Passwords are kept as argon2id, tokens as SHA-256. A verified credential is remembered (by its hash) for a minute;
// at most a few argon2 checks run or wait at once, the rest get 429. Any thread may call.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "util/result.h"

namespace http {

enum class AnonymousMode {
  off,     // 401 without credentials
  own,     // each anonymous job only by its unguessable URL
  shared,  // all anonymous jobs belong to nobody in particular, and are listed to all: demonstrations
};

struct User {
  std::string name;
  std::string password_hash;              // argon2id, as `docker-uws hash-password` prints it; empty: no password
  std::vector<std::string> token_hashes;  // "sha256:" and 64 hex digits
};

struct IdentityOptions {
  AnonymousMode anonymous = AnonymousMode::off;
  std::vector<User> users;
};

class Authenticator {
 public:
  using Done = std::function<void(util::Result<Identity>)>;
  virtual ~Authenticator() = default;
  /// `authorization` is the field's value, nullopt when absent. Answers at once where nothing needs to be hashed,
  /// otherwise later, from another thread. Errors: unauthenticated, too_many.
  virtual void authenticate(std::optional<std::string_view> authorization, Done done) = 0;
};

std::unique_ptr<Authenticator> make_authenticator(IdentityOptions options);

/// argon2id with a random salt, in the usual encoded form ($argon2id$v=19$m=...).
std::string hash_password(std::string_view password);

}  // namespace http
