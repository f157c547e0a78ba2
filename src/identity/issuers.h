// Turns bearer tokens of all configured OpenID Connect issuers into identities. A verified token is remembered for at
// most a minute, and never beyond its expiry. Owner: the authenticator. Any thread may call.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/identity.h"
#include "identity/identity_cache.h"
#include "identity/issuer.h"
#include "util/event_loop.h"

namespace identity {

class Issuers {
 public:
  using Done = http::Authenticator::Done;

  Issuers(std::vector<IssuerOptions> issuers, const Fetch& fetch, const Clock& clock = {});
  ~Issuers();
  Issuers(const Issuers&) = delete;
  Issuers& operator=(const Issuers&) = delete;

  bool empty() const { return issuers_.empty(); }
  const std::vector<std::shared_ptr<Issuer>>& all() const { return issuers_; }
  void verify(std::string_view token, Done done);

 private:
  /// Shared with the callbacks, which may run after this object was destroyed.
  struct Shared {
    IdentityCache cache;
    Clock clock;
  };
  std::shared_ptr<Shared> shared_;
  util::EventLoop loop_{"identity"};
  std::vector<std::shared_ptr<Issuer>> issuers_;
};

}  // namespace identity
