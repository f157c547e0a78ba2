// One OpenID Connect issuer: its keys, fetched and rotated, and the judgement of its tokens.
//
// A token is verified by who asks, at once, and only waits where keys are wanted: at the start, and when it is signed
// with a key that is not known, which leads to one fetch an interval at most. Keys are fetched again in time, and go on
// being used while the issuer cannot be reached, for a bounded time. Any thread may call; what waited is answered on
// the loop.
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
#include "util/event_loop.h"
#include "util/result.h"

namespace identity {

struct IssuerOptions {
  std::string name;  // stands before its users' and groups' names
  std::string url;   // exactly as its tokens' iss
  std::vector<std::string> audiences;
  std::string user_claim = "sub";
  std::string groups_claim;  // empty: its users have no groups
  std::chrono::seconds clock_skew{60};
  std::chrono::seconds key_refresh{900};   // keys are fetched again
  std::chrono::seconds key_refetch{30};    // between two fetches, whatever asks for them
  std::chrono::seconds keys_kept{86'400};  // used so long without a fetch that succeeds
};

/// Where an issuer describes itself (OpenID Connect Discovery 1.0 section 4).
std::string discovery_url(const std::string& issuer_url);

/// Gets the body of a 200 from an http(s) address. Calls back once, from any thread, perhaps within the call.
using Fetch = std::function<void(const std::string& url, std::function<void(util::Result<std::string>)> done)>;

struct Clock {
  std::function<util::Instant()> now = &util::now;
  std::function<std::chrono::steady_clock::time_point()> ticks = &std::chrono::steady_clock::now;
};

/// A token that is believed.
struct Believed {
  data::Node claims;
  util::Instant until;
};

class Issuer : public std::enable_shared_from_this<Issuer> {
 public:
  using Done = std::function<void(util::Result<Believed>)>;

  /// `loop` is used until stop().
  Issuer(IssuerOptions options, Fetch fetch, util::EventLoop& loop, Clock clock = {});

  const IssuerOptions& options() const { return options_; }

  /// Fetches the keys, now and from now on.
  void start();
  /// Who waits is not answered any more. A fetch on its way may end later: it holds what it needs of this.
  void stop();
  /// unauthenticated, or unavailable when its keys cannot be had, or too_many when too many wait for them.
  void verify(Token token, Done done);

 private:
  using Ticks = std::chrono::steady_clock::time_point;
  using Lock = std::unique_lock<std::mutex>;
  struct Waiting {
    std::string token;  // as it came: taken apart it could be much larger
    Done done;
  };

  /// nullopt: keys are wanted that are not there.
  std::optional<util::Result<Believed>> judge(const Token& token, const KeySet* keys) const;
  util::Result<Believed> judge_now(const std::string& text, const KeySet* keys) const;
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
