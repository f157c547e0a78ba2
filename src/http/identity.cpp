#include "http/identity.h"

#include <chrono>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "http/password.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/random.h"
#include "util/text.h"
#include "util/worker_pool.h"

namespace http {
namespace {

using Clock = std::chrono::steady_clock;
using util::ErrorCode;

constexpr auto remembered_for = std::chrono::minutes(1);
constexpr std::size_t most_remembered = 10'000;
constexpr std::size_t check_threads = 2;  // each check takes a core and the hash's memory
constexpr std::size_t most_waiting_checks = 32;
constexpr std::size_t most_waiting_per_check = 1000;
constexpr std::size_t longest_credential = 4096;

util::Error unauthenticated(std::string reason) {
  return util::Error::of(
      ErrorCode::unauthenticated,
      util::Fault{"Authorization", std::move(reason), "Basic with a user's password, or Bearer with a token"});
}

struct Credential {
  std::string name;
  std::string password;
};

std::optional<Credential> parse_basic(std::string_view encoded) {
  const auto decoded = util::from_base64(encoded);
  if (!decoded || !util::is_utf8(*decoded) || decoded->find('\0') != std::string::npos) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credential{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

class KnownUsers : public Authenticator {
 public:
  explicit KnownUsers(IdentityOptions options) : anonymous_(options.anonymous), key_(util::random_bytes(32)) {
    for (User& user : options.users) take(std::move(user));
  }

  void authenticate(std::optional<std::string_view> authorization, Done done) override {
    if (!authorization) {
      if (anonymous_ == AnonymousMode::off) return done(unauthenticated("is missing"));
      return done(Identity{});
    }
    const std::string_view value = util::trim(*authorization);
    const auto blank = value.find(' ');
    const std::string_view scheme = value.substr(0, blank);
    const std::string_view rest =
        blank == std::string_view::npos ? std::string_view() : util::trim(value.substr(blank));
    if (value.size() > longest_credential) return done(unauthenticated("is too long"));
    if (util::iequals(scheme, "Bearer")) return done(check_token(rest));
    if (util::iequals(scheme, "Basic")) return check_basic(rest, std::move(done));
    done(unauthenticated("is of an unknown scheme"));
  }

 private:
  struct Remembered {
    std::string user;
    Clock::time_point until;
  };

  void take(User user) {
    if (is_password_hash(user.password_hash)) {
      if (decoy_.empty()) decoy_ = user.password_hash;
      passwords_[user.name] = user.password_hash;
    } else if (!user.password_hash.empty()) {
      util::log_error("a user's password hash is not argon2id: the user cannot log in", {{"user", user.name}});
    }
    for (const std::string& hash : user.token_hashes) {
      tokens_.emplace_back(util::to_lower(hash), user.name);
    }
  }

  util::Result<Identity> check_token(std::string_view token) const {
    const std::string hash = "sha256:" + util::to_hex(util::sha256(token));
    const std::string* name = nullptr;
    for (const auto& [known, user] : tokens_) {
      if (util::equals_in_constant_time(known, hash)) name = &user;
    }
    if (name == nullptr) return unauthenticated("holds a token that is not known");
    return Identity{*name};
  }

  /// Nothing of the password can be got back from it without the process's key.
  std::string digest_of(const Credential& credential) const {
    return util::sha256(key_ + std::to_string(credential.name.size()) + ":" + credential.name + credential.password);
  }

  void check_basic(std::string_view encoded, Done done) {
    auto credential = parse_basic(encoded);
    if (!credential) return done(unauthenticated("is malformed"));
    if (decoy_.empty()) return done(wrong());
    const std::string digest = digest_of(*credential);
    std::unique_lock lock(mutex_);
    if (const auto found = remembered_.find(digest); found != remembered_.end() && found->second.until > Clock::now()) {
      Identity identity{found->second.user};
      lock.unlock();
      return done(std::move(identity));
    }
    std::vector<Done>& waiting = checking_[digest];
    if (waiting.size() >= most_waiting_per_check) {
      lock.unlock();
      return done(busy());
    }
    waiting.push_back(std::move(done));
    if (waiting.size() > 1) return;  // the same is being checked already
    lock.unlock();
    const bool taken = pool_.try_post([this, digest, checked = *std::move(credential)] { check(digest, checked); });
    if (!taken) answer(digest, busy());
  }

  void check(const std::string& digest, const Credential& credential) {
    // Who is unknown costs the same as who is known.
    const auto found = passwords_.find(credential.name);
    const bool known = found != passwords_.end();
    const bool matches = verify_password(known ? found->second : decoy_, credential.password);
    if (!known || !matches) return answer(digest, wrong());
    {
      const std::lock_guard lock(mutex_);
      if (remembered_.size() >= most_remembered) forget_old();
      remembered_[digest] = {credential.name, Clock::now() + remembered_for};
    }
    answer(digest, Identity{credential.name});
  }

  void answer(const std::string& digest, const util::Result<Identity>& result) {
    std::vector<Done> waiting;
    {
      const std::lock_guard lock(mutex_);
      const auto found = checking_.find(digest);
      waiting = std::move(found->second);
      checking_.erase(found);
    }
    for (const Done& done : waiting) done(result);
  }

  void forget_old() {
    const auto now = Clock::now();
    std::erase_if(remembered_, [&](const auto& entry) { return entry.second.until <= now; });
    if (remembered_.size() >= most_remembered) remembered_.clear();
  }

  static util::Error wrong() { return unauthenticated("names no user with this password"); }
  static util::Error busy() {
    util::Error error = util::Error::of(ErrorCode::too_many, "too many passwords are being checked");
    error.retry_after = std::chrono::seconds(1);
    return error;
  }

  const AnonymousMode anonymous_;
  const std::string key_;
  std::map<std::string, std::string, std::less<>> passwords_;  // hash by user
  std::vector<std::pair<std::string, std::string>> tokens_;    // hash, user
  std::string decoy_;                                          // some user's hash; empty: nobody has a password

  std::mutex mutex_;
  std::unordered_map<std::string, Remembered> remembered_;
  std::unordered_map<std::string, std::vector<Done>> checking_;
  util::WorkerPool pool_{"http-auth", check_threads, most_waiting_checks};  // last: its tasks use the rest
};

}  // namespace

std::unique_ptr<Authenticator> make_authenticator(IdentityOptions options) {
  return std::make_unique<KnownUsers>(std::move(options));
}

}  // namespace http
