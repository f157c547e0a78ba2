// A fake of an OpenID issuer's web site (its description and its keys), and a clock that the test sets. Any thread.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "fakes/token_signer.h"
#include "identity/issuer.h"

namespace identity {

class FakeSite {
 public:
  static constexpr const char* url = "https://iam.example.org";
  static constexpr const char* keys_url = "https://keys.example.org/jwks";

  explicit FakeSite(std::vector<std::string> jwks) { show(std::move(jwks)); }

  void show(std::vector<std::string> jwks) {
    const std::lock_guard lock(mutex_);
    keys_ = fakes::key_set(jwks);
  }
  void describe(std::string description) {
    const std::lock_guard lock(mutex_);
    description_ = std::move(description);
  }
  void answer(bool answers) {
    const std::lock_guard lock(mutex_);
    answers_ = answers;
  }
  /// From now on fetches are not answered until release().
  void hold() {
    const std::lock_guard lock(mutex_);
    holds_ = true;
  }
  void release() {
    std::deque<std::function<void()>> held;
    {
      const std::lock_guard lock(mutex_);
      holds_ = false;
      held.swap(held_);
    }
    for (const auto& act : held) act();
  }
  /// How often the issuer's description was fetched.
  int fetches() const { return fetches_; }

  Fetch fetch() {
    return [this](const std::string& from, std::function<void(util::Result<std::string>)> done) {
      std::unique_lock lock(mutex_);
      if (from != keys_url) ++fetches_;
      auto act = [this, from, done = std::move(done)] { done(body_of(from)); };
      if (holds_) return held_.push_back(std::move(act));
      lock.unlock();
      act();
    };
  }

 private:
  util::Result<std::string> body_of(const std::string& from) {
    const std::lock_guard lock(mutex_);
    if (!answers_) return util::Error::of(util::ErrorCode::unavailable, "no connection");
    if (from == keys_url) return keys_;
    if (from == discovery_url(url)) return description_;
    return util::Error::of(util::ErrorCode::unavailable, "404");
  }

  std::mutex mutex_;
  std::string keys_;
  std::string description_ = std::string(R"({"issuer":")") + url + R"(","jwks_uri":")" + keys_url + "\"}";
  bool answers_ = true;
  bool holds_ = false;
  std::deque<std::function<void()>> held_;
  std::atomic<int> fetches_ = 0;
};

class FakeClock {
 public:
  void move(std::chrono::seconds by) { moved_ += by.count(); }
  Clock clock() {
    return {[this] { return util::Instant(std::chrono::seconds(1'000'000 + moved_)); },
            [this] { return std::chrono::steady_clock::time_point(std::chrono::seconds(1'000'000 + moved_)); }};
  }

 private:
  std::atomic<long> moved_ = 0;
};

inline std::string usual_claims(const std::string& sub = "ada", const std::string& more = "") {
  return std::string(R"({"iss":")") + FakeSite::url + R"(","aud":"us","sub":")" + sub + R"(","exp":2000000)" + more +
         "}";
}

}  // namespace identity
