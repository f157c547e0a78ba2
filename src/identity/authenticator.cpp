#include "identity/authenticator.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "identity/issuers.h"
#include "identity/refusal.h"
#include "util/text.h"

namespace identity {
namespace {

constexpr std::string_view open_id = "ivo://ivoa.net/sso#OpenID";

struct Credentials {
  std::string_view scheme;
  std::string_view rest;
};

Credentials split(std::string_view authorization) {
  const std::string_view value = util::trim(authorization);
  const auto blank = value.find(' ');
  if (blank == std::string_view::npos) return {value, {}};
  return {value.substr(0, blank), util::trim(value.substr(blank))};
}

/// True for what clients send when their user entered neither name nor password, or no token.
bool is_empty(const Credentials& credentials) {
  if (credentials.scheme.empty()) return true;
  if (util::iequals(credentials.scheme, "Bearer")) return credentials.rest.empty();
  return util::iequals(credentials.scheme, "Basic") &&
         (credentials.rest.empty() || util::from_base64(credentials.rest) == ":");
}

std::string to_text(const Challenge& challenge) {
  std::string text = challenge.scheme;
  const char* separator = " ";
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    text.append(separator).append(name).append("=\"").append(value).append("\"");
    separator = ", ";
  };
  add("standard_id", challenge.standard_id);
  add("access_url", challenge.access_url);
  add("discovery_url", challenge.discovery_url);
  return text;
}

class ChainedAuthenticator : public http::Authenticator {
 public:
  ChainedAuthenticator(const Options& options, std::optional<Proxy> proxy, const Fetch& fetch, const Clock& clock)
      : anonymous_(options.anonymous),
        administrators_(options.administrators.begin(), options.administrators.end()),
        administrator_groups_(options.administrator_groups.begin(), options.administrator_groups.end()),
        proxy_(std::move(proxy)),
        users_(options.users),
        issuers_(options.issuers, fetch, clock) {
    for (const auto& issuer : issuers_.all()) {
      ivoa_.push_back(to_text({"ivoa_bearer", std::string(open_id), "", discovery_url(issuer->options().url)}));
    }
    for (const Challenge& challenge : options.challenges) ivoa_.push_back(to_text(challenge));
  }

  void authenticate(const http::RequestCredentials& asking, Done done) override {
    if (proxy_) {
      auto told = proxy_->identity_of(asking);
      if (!told.ok()) return done(std::move(told).error());
      if (*told) return done(with_role(**std::move(told)));
    }
    const bool may_be_nobody = anonymous_ != AnonymousMode::off || !asking.needs_name;
    const auto authorization = asking.headers.get("Authorization");
    if (!authorization && !may_be_nobody) return done(refused("is missing"));
    const Credentials credentials = split(authorization.value_or(""));
    if (may_be_nobody && is_empty(credentials)) return done(http::Identity{});
    const auto& [scheme, rest] = credentials;
    if (util::iequals(scheme, "Bearer")) return check_bearer(rest, std::move(done));
    if (util::iequals(scheme, "Basic")) return users_.check_basic(rest, given_role(std::move(done)));
    done(refused("is of an unknown scheme"));
  }

  std::vector<std::string> challenges(const http::RequestCredentials& asking) const override {
    std::vector<std::string> all;
    if (!users_.empty() || ivoa_.empty()) all.emplace_back(R"(Basic realm="docker-uws", charset="UTF-8")");
    const auto authorization = asking.headers.get("Authorization");
    const Credentials credentials = split(authorization.value_or(""));
    const bool was_bearer = util::iequals(credentials.scheme, "Bearer") && !is_empty(credentials);
    all.emplace_back(was_bearer ? R"(Bearer realm="docker-uws", error="invalid_token")"
                                : R"(Bearer realm="docker-uws")");
    all.insert(all.end(), ivoa_.begin(), ivoa_.end());
    return all;
  }

  bool takes_names() const override { return !users_.empty() || !ivoa_.empty(); }

 private:
  void check_bearer(std::string_view token, Done done) {
    if (token.size() > longest_token) return done(refused("is too long"));
    if (auto identity = users_.find_token(token)) return done(with_role(*std::move(identity)));
    if (issuers_.empty() || !looks_like_token(token)) return done(refused("holds a token that is not known"));
    issuers_.verify(token, given_role(std::move(done)));
  }

  http::Identity with_role(http::Identity identity) const {
    identity.administrator = administrators_.contains(*identity.user) ||
                             std::any_of(identity.groups.begin(), identity.groups.end(),
                                         [&](const auto& group) { return administrator_groups_.contains(group); });
    return identity;
  }

  Done given_role(Done done) const {
    return [this, done = std::move(done)](util::Result<http::Identity> identity) {
      done(identity.ok() ? with_role(std::move(identity).value()) : std::move(identity));
    };
  }

  const AnonymousMode anonymous_;
  const std::set<std::string, std::less<>> administrators_;
  const std::set<std::string, std::less<>> administrator_groups_;
  const std::optional<Proxy> proxy_;
  std::vector<std::string> ivoa_;
  Users users_;
  Issuers issuers_;
};

}  // namespace

util::Result<std::unique_ptr<http::Authenticator>> make_authenticator(const Options& options, const Fetch& fetch,
                                                                      const Clock& clock) {
  std::optional<Proxy> proxy;
  if (!options.proxy.user_header.empty()) {
    ASSIGN_OR_RETURN(proxy, Proxy::create(options.proxy));
  }
  return std::unique_ptr<http::Authenticator>(
      std::make_unique<ChainedAuthenticator>(options, std::move(proxy), fetch, clock));
}

}  // namespace identity
