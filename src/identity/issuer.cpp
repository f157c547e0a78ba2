#include "identity/issuer.h"

#include <utility>

#include "net/url.h"
#include "util/log.h"
#include "util/text.h"

namespace identity {
namespace {

constexpr std::size_t most_waiting = 1000;
constexpr data::Limits description_limits{.bytes = 1U << 20U, .depth = 16, .nodes = 10'000};

util::Error no_keys() {
  return util::Error::busy("the keys of the token's issuer cannot be had now", std::chrono::seconds(5));
}

util::Error unknown_key() { return refused_token("it is signed with a key that its issuer does not show"); }

/// Returns the jwks_uri of an issuer's discovery document. The document must name this issuer, and jwks_uri must be an
/// https URL; for an issuer with an http URL it may be an http URL too.
util::Result<std::string> keys_url_of(const std::string& description, const std::string& issuer_url) {
  ASSIGN_OR_RETURN(const data::Node document, data::parse_json(description, description_limits));
  const std::string issuer = string_member(document, "issuer").value_or("");
  if (issuer != issuer_url) {
    return util::Error::of(util::ErrorCode::invalid_argument,
                           util::Fault{"issuer", "'" + util::for_display(issuer) + "' is another", issuer_url});
  }
  std::string url = string_member(document, "jwks_uri").value_or("");
  const auto parts = net::parse_url(url);
  const bool fine = parts.ok() && net::is_http(parts->scheme) && !parts->has_userinfo &&
                    (parts->scheme == "https" || net::scheme_of(issuer_url) == "http");
  if (fine) return url;
  return util::Error::of(
      util::ErrorCode::invalid_argument,
      util::Fault{"jwks_uri", "'" + util::for_display(url) + "' is no address to fetch keys from", "an https URL"});
}

}  // namespace

std::string discovery_url(const std::string& issuer_url) {
  return issuer_url + (issuer_url.ends_with('/') ? "" : "/") + ".well-known/openid-configuration";
}

Issuer::Issuer(IssuerOptions options, Fetch fetch, util::EventLoop& loop, Clock clock)
    : options_(std::move(options)), fetch_(std::move(fetch)), loop_(loop), clock_(std::move(clock)) {}

void Issuer::start() {
  {
    const Lock lock(mutex_);
    if (stopped_ || std::exchange(fetching_, true)) return;
  }
  fetch_keys();
}

void Issuer::stop() {
  std::vector<Waiting> waiting;
  const Lock lock(mutex_);
  stopped_ = true;
  loop_.cancel(timer_);
  waiting.swap(waiting_);
}

std::optional<util::Result<VerifiedToken>> Issuer::judge(const Token& token, const KeySet* keys) const {
  const auto until = check_claims(token.claims, {options_.url, options_.audiences, options_.clock_skew}, clock_.now());
  if (!until.ok()) return until.error();
  if (!is_known_algorithm(token.algorithm)) {
    return refused_token("its alg is none of RS256, PS256, ES256, their 384 and 512, and EdDSA");
  }
  if (keys == nullptr) return std::nullopt;
  switch (keys->verify(token)) {
    case KeySet::Verdict::verified:
      return VerifiedToken{token.claims, *until};
    case KeySet::Verdict::refused:
      return refused_token("its signature is not the issuer's");
    case KeySet::Verdict::unknown_key:
      return std::nullopt;
  }
  return std::nullopt;
}

/// Verifies the token with the present keys only.
util::Result<VerifiedToken> Issuer::judge_now(const std::string& text, const KeySet* keys) const {
  if (keys == nullptr) return no_keys();
  ASSIGN_OR_RETURN(const Token token, parse_token(text));
  auto judged = judge(token, keys);
  return judged ? *std::move(judged) : unknown_key();
}

std::shared_ptr<const KeySet> Issuer::usable_keys(Lock& /*lock*/) const {
  const bool fresh = keys_ && clock_.ticks() - keys_since_ <= options_.keys_kept;
  return fresh ? keys_ : nullptr;
}

bool Issuer::may_fetch(Lock& /*lock*/) const { return !tried_ || clock_.ticks() - *tried_ >= options_.key_refetch; }

void Issuer::verify(Token token, Done done) {
  Lock lock(mutex_);
  const auto keys = usable_keys(lock);
  lock.unlock();
  if (auto judged = judge(token, keys.get())) return done(*std::move(judged));
  lock.lock();
  if (keys_ != keys && usable_keys(lock)) {  // a fetch brought other keys meanwhile
    lock.unlock();
    return verify(std::move(token), std::move(done));
  }
  if (!fetching_ && !may_fetch(lock)) {
    lock.unlock();
    return done(keys ? unknown_key() : no_keys());
  }
  if (waiting_.size() == most_waiting) {
    lock.unlock();
    util::Error error = util::Error::of(util::ErrorCode::too_many, "too many tokens wait for their issuer's keys");
    error.retry_after = std::chrono::seconds(1);
    return done(std::move(error));
  }
  waiting_.push_back({std::move(token.text), std::move(done)});
  if (std::exchange(fetching_, true)) return;
  lock.unlock();
  fetch_keys();
}

/// Called by the thread that set fetching_.
void Issuer::fetch_keys() {
  {
    const Lock lock(mutex_);
    tried_ = clock_.ticks();
  }
  fetch_(discovery_url(options_.url), [weak = weak_from_this()](util::Result<std::string> body) {
    if (const auto self = weak.lock()) self->take_description(std::move(body));
  });
}

void Issuer::take_description(util::Result<std::string> body) {
  if (!body.ok()) return finish(std::move(body).error());
  const auto url = keys_url_of(*body, options_.url);
  if (!url.ok()) return finish(url.error());
  fetch_(*url, [weak = weak_from_this()](util::Result<std::string> keys) {
    if (const auto self = weak.lock()) self->take_keys(std::move(keys));
  });
}

void Issuer::take_keys(util::Result<std::string> body) {
  if (!body.ok()) return finish(std::move(body).error());
  finish(KeySet::parse(*body));
}

void Issuer::finish(util::Result<KeySet> fetched) {
  bool failed_before = false;
  bool keys_left = false;
  {
    Lock lock(mutex_);
    if (stopped_) return;
    fetching_ = false;
    failed_before = std::exchange(failing_, !fetched.ok());
    if (fetched.ok()) {
      keys_ = std::make_shared<const KeySet>(*fetched);
      keys_since_ = clock_.ticks();
    }
    const auto keys = usable_keys(lock);
    keys_left = keys != nullptr;
    fetch_later(lock, fetched.ok() ? options_.key_refresh : options_.key_refetch);
    answer(lock, std::exchange(waiting_, {}), keys);
  }
  if (!fetched.ok() && !failed_before) {
    util::log_warning("an issuer's keys cannot be fetched",
                      {{"issuer", options_.url}, {"reason", fetched.error().message}, {"keys_left", keys_left}});
  } else if (fetched.ok() && failed_before) {
    util::log_info("an issuer's keys can be fetched again", {{"issuer", options_.url}});
  }
}

/// Replaces the timer of the next fetch: there is at most one.
void Issuer::fetch_later(Lock& /*lock*/, std::chrono::seconds delay) {
  loop_.cancel(timer_);
  timer_ = loop_.after(delay, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->start();
  });
}

/// Verifies and answers the waiting tokens on the loop, because the caller may be the net thread and they may be many.
void Issuer::answer(Lock& /*lock*/, std::vector<Waiting> waiting, std::shared_ptr<const KeySet> keys) {
  if (waiting.empty()) return;
  loop_.post([weak = weak_from_this(), keys = std::move(keys), waiting = std::move(waiting)] {
    const auto self = weak.lock();
    for (const Waiting& one : waiting) one.done(self ? self->judge_now(one.token, keys.get()) : no_keys());
  });
}

}  // namespace identity
