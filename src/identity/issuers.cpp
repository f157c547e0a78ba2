#include "identity/issuers.h"

#include <algorithm>
#include <utility>

#include "identity/names.h"

namespace identity {
namespace {

std::vector<std::string> groups_of(const data::Node& claims, const IssuerOptions& issuer) {
  std::vector<std::string> groups;
  const data::Node* claim = issuer.groups_claim.empty() ? nullptr : find_claim(claims, issuer.groups_claim);
  if (claim == nullptr) return groups;
  const auto add = [&](const data::Node& node) {
    if (node.kind() != data::Kind::string || groups.size() == most_groups) return;
    if (auto group = outside_name(issuer.name, *node.as_string())) groups.push_back(*std::move(group));
  };
  add(*claim);
  for (const data::Node& item : claim->items()) add(item);
  return groups;
}

util::Result<http::Identity> identity_of(const VerifiedToken& token, const IssuerOptions& issuer) {
  const data::Node* claim = find_claim(token.claims, issuer.user_claim);
  if (claim == nullptr || claim->kind() != data::Kind::string) {
    return refused_token("its " + issuer.user_claim + ", which names the user, is missing or no text");
  }
  auto name = outside_name(issuer.name, *claim->as_string());
  if (!name) return refused_token("its " + issuer.user_claim + " is empty, too long, or holds a NUL");
  return http::Identity{*std::move(name), groups_of(token.claims, issuer)};
}

}  // namespace

Issuers::Issuers(std::vector<IssuerOptions> issuers, const Fetch& fetch, const Clock& clock)
    : shared_(std::make_shared<Shared>()) {
  shared_->clock = clock;
  for (IssuerOptions& options : issuers) {
    issuers_.push_back(std::make_shared<Issuer>(std::move(options), fetch, loop_, clock));
    issuers_.back()->start();
  }
}

Issuers::~Issuers() {
  for (const auto& issuer : issuers_) issuer->stop();
}

void Issuers::verify(std::string_view text, Done done) {
  const std::string digest = shared_->cache.digest(text);
  if (auto known = shared_->cache.find(digest)) return done(*std::move(known));
  auto token = parse_token(text);
  if (!token.ok()) return done(token.error());
  const std::string url = token->issuer();
  const auto issuer =
      std::find_if(issuers_.begin(), issuers_.end(), [&](const auto& known) { return known->options().url == url; });
  if (issuer == issuers_.end()) return done(refused_token("its iss is no issuer that is known here"));
  (*issuer)->verify(*std::move(token), [shared = shared_, issuer = *issuer, digest,
                                        done = std::move(done)](util::Result<VerifiedToken> verified) {
    if (!verified.ok()) return done(verified.error());
    auto identity = identity_of(*verified, issuer->options());
    if (identity.ok()) shared->cache.keep(digest, *identity, verified->until - shared->clock.now());
    done(std::move(identity));
  });
}

}  // namespace identity
