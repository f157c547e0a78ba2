// The users of the configuration file, who authenticate by Basic with a password, or by Bearer with a token.
//
// Passwords are stored as argon2id hashes, tokens as SHA-256 hashes. A verified password is remembered for a minute. At
// most a few argon2 checks run or wait at once; further requests get 429. Owner: the authenticator. Any thread may
// call.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/identity.h"
#include "identity/identity_cache.h"
#include "util/worker_pool.h"

namespace identity {

struct User {
  std::string name;
  std::string password_hash;              // argon2id, as `docker-uws hash-password` prints it; empty: no password
  std::vector<std::string> token_hashes;  // "sha256:" and 64 hex digits
  std::vector<std::string> groups{};
};

class Users {
 public:
  using Done = http::Authenticator::Done;

  explicit Users(const std::vector<User>& users);

  bool empty() const { return groups_.empty(); }
  std::optional<http::Identity> find_token(std::string_view token) const;
  /// `encoded`: what follows "Basic" in the header. `done` is called at once, or later on a thread of the pool.
  void check_basic(std::string_view encoded, Done done);

 private:
  struct Credential {
    std::string name;
    std::string password;
  };
  static std::optional<Credential> parse_basic(std::string_view encoded);

  http::Identity identity_of(const std::string& name) const;
  void check(const std::string& digest, const Credential& credential);
  void answer(const std::string& digest, const util::Result<http::Identity>& result);

  std::map<std::string, std::vector<std::string>, std::less<>> groups_;  // by user; every user has an entry
  std::map<std::string, std::string, std::less<>> passwords_;            // hash by user
  std::vector<std::pair<std::string, std::string>> tokens_;              // hash, user
  std::string decoy_;  // the hash of one user, checked for unknown users; empty: no user has a password

  IdentityCache remembered_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::vector<Done>> checking_;
  util::WorkerPool pool_;  // the last member, so destroyed first: its tasks use the others
};

}  // namespace identity
