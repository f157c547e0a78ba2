// One OpenID Connect issuer: fetches its public keys and verifies its tokens.
//
// A token is verified at once, on the thread of the caller. It waits only when there are no usable keys, or when it is
// signed with an unknown key; that starts a fetch, at most one per `key_refetch`. Keys are fetched again every
// `key_refresh`. While the issuer cannot be reached, the old keys are used for at most `keys_kept`. Any thread may
// call. Tokens that waited are answered on the loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "identity/keys.h"
#include "identity/token.h"
#include "util/async.h"
#include "util/event_loop.h"
#include "util/result.h"

namespace identity {

struct IssuerOptions {
  std::string name;  // prefix of the names of its users and groups
  std::string url;   // exactly as in the iss of its tokens
  std::vector<std::string> audiences;
  std::string user_claim = "sub";
  std::string groups_claim;  // empty: users of this issuer have no groups
  std::chrono::seconds clock_skew{60};
  std::chrono::seconds key_refresh{900};   // the keys are fetched again this long after a successful fetch
  std::chrono::seconds key_refetch{30};    // after a failure, and the shortest time between fetches for tokens
  std::chrono::seconds keys_kept{86'400};  // keys are used at most this long after the last successful fetch
};

/// Where an issuer describes itself (OpenID Connect Discovery 1.0 section 4).
std::string discovery_url(const std::string& issuer_url);

/// Sends a GET to an http(s) URL and passes the body of a 200 response. `done` is called once, from any thread, perhaps
/// before the call returns.
using Fetch = std::function<void(const std::string& url, util::Callback<std::string> done)>;

struct Clock {
  std::function<util::Instant()> now = &util::now;
  std::function<std::chrono::steady_clock::time_point()> ticks = &std::chrono::steady_clock::now;
};

/// The content of a token that was verified.
struct VerifiedToken {
  data::Node claims;
  util::Instant until;
};

class Issuer : public std::enable_shared_from_this<Issuer> {
 public:
  using Done = util::Callback<VerifiedToken>;

  /// `loop` must live until stop().
  Issuer(IssuerOptions options, Fetch fetch, util::EventLoop& loop, Clock clock = {});

  const IssuerOptions& options() const { return options_; }

  /// Fetches the keys now and then periodically.
  void start();
  /// Tokens that wait are not answered any more. A fetch in progress may end later: its callback holds a weak pointer.
  void stop();
  /// Fails with unauthenticated when the token is refused, with unavailable when the issuer's keys cannot be fetched,
  /// and with too_many when too many tokens wait for keys.
  void verify(Token token, Done done);

 private:
  using Ticks = std::chrono::steady_clock::time_point;
  using Lock = std::unique_lock<std::mutex>;
  struct Waiting {
    std::string token;  // as received, because the parsed form could be much larger
    Done done;
  };

  /// nullopt: there are no keys, or the token is signed with an unknown one.
  std::optional<util::Result<VerifiedToken>> judge(const Token& token, const KeySet* keys) const;
  util::Result<VerifiedToken> judge_now(const std::string& text, const KeySet* keys) const;
  std::shared_ptr<const KeySet> usable_keys(Lock& lock) const;
  bool may_fetch(Lock& lock) const;
  void fetch_keys();
  void take_description(util::Result<std::string> body);
  void take_keys(util::Result<std::string> body);
  void finish(util::Result<KeySet> keys);
  void fetch_later(Lock& lock, std::chrono::seconds delay);
  void answer(Lock& lock, std::vector<Waiting> waiting, std::shared_ptr<const KeySet> keys);

  const IssuerOptions options_;
  const Fetch fetch_;
  util::EventLoop& loop_;
  const Clock clock_;

  mutable std::mutex mutex_;
  std::shared_ptr<const KeySet> keys_;
  Ticks keys_since_;
  std::optional<Ticks> tried_;
  bool stopped_ = false;
  bool fetching_ = false;
  bool failing_ = false;
  util::EventLoop::TimerId timer_ = 0;
  std::vector<Waiting> waiting_;
};

}  // namespace identity
