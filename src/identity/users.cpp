#include "identity/users.h"

#include <chrono>

#include "identity/password.h"
#include "identity/refusal.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/text.h"

namespace identity {
namespace {

using util::ErrorCode;

constexpr std::size_t check_threads = 2;  // each check takes a core and the hash's memory
constexpr std::size_t most_waiting_checks = 32;
constexpr std::size_t most_waiting_per_check = 1000;
constexpr std::size_t longest_basic = 4096;

util::Error wrong() { return refused("names no user with this password"); }

util::Error busy() {
  util::Error error = util::Error::of(ErrorCode::too_many, "too many passwords are being checked");
  error.retry_after = std::chrono::seconds(1);
  return error;
}

}  // namespace

Users::Users(const std::vector<User>& users) : pool_("http-auth", check_threads, most_waiting_checks) {
  for (const User& user : users) {
    groups_[user.name] = user.groups;
    if (is_password_hash(user.password_hash)) {
      if (decoy_.empty()) decoy_ = user.password_hash;
      passwords_[user.name] = user.password_hash;
    } else if (!user.password_hash.empty()) {
      util::log_error("a user's password hash is not argon2id: the user cannot log in", {{"user", user.name}});
    }
    for (const std::string& hash : user.token_hashes) tokens_.emplace_back(util::to_lower(hash), user.name);
  }
}

std::optional<Users::Credential> Users::parse_basic(std::string_view encoded) {
  const auto decoded = util::from_base64(encoded);
  if (!decoded || !util::is_utf8(*decoded) || decoded->find('\0') != std::string::npos) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credential{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

http::Identity Users::identity_of(const std::string& name) const { return {name, groups_.at(name)}; }

std::optional<http::Identity> Users::find_token(std::string_view token) const {
  const std::string hash = "sha256:" + util::to_hex(util::sha256(token));
  const std::string* name = nullptr;
  for (const auto& [known, user] : tokens_) {
    if (util::equals_in_constant_time(known, hash)) name = &user;
  }
  return name == nullptr ? std::nullopt : std::optional(identity_of(*name));
}

void Users::check_basic(std::string_view encoded, Done done) {
  if (encoded.size() > longest_basic) return done(refused("is too long"));
  auto credential = parse_basic(encoded);
  if (!credential) return done(refused("is malformed"));
  if (decoy_.empty()) return done(wrong());
  const std::string digest =
      remembered_.digest(std::to_string(credential->name.size()) + ":" + credential->name + credential->password);
  if (auto known = remembered_.find(digest)) return done(*std::move(known));
  std::unique_lock lock(mutex_);
  std::vector<Done>& waiting = checking_[digest];
  if (waiting.size() >= most_waiting_per_check) {
    lock.unlock();
    return done(busy());
  }
  waiting.push_back(std::move(done));
  if (waiting.size() > 1) return;  // the same credential is being checked already
  lock.unlock();
  const bool taken = pool_.try_post([this, digest, checked = *std::move(credential)] { check(digest, checked); });
  if (!taken) answer(digest, busy());
}

void Users::check(const std::string& digest, const Credential& credential) {
  // A check takes as long for an unknown user as for a known one, so that its time does not reveal who is a user.
  const auto found = passwords_.find(credential.name);
  const bool known = found != passwords_.end();
  const bool matches = verify_password(known ? found->second : decoy_, credential.password);
  if (!known || !matches) return answer(digest, wrong());
  http::Identity identity = identity_of(credential.name);
  remembered_.keep(digest, identity, std::chrono::milliseconds::max());
  answer(digest, std::move(identity));
}

void Users::answer(const std::string& digest, const util::Result<http::Identity>& result) {
  std::vector<Done> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto found = checking_.find(digest);
    waiting = std::move(found->second);
    checking_.erase(found);
  }
  for (const Done& done : waiting) done(result);
}

}  // namespace identity
