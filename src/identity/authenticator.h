// Who asks (U65): the proxy in front of us, a user of the file, a token of an issuer, or nobody; and who of them is an
// administrator. Owner: the service; outlives the server, and must not outlive what `fetch` uses.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/identity.h"
#include "identity/issuer.h"
#include "identity/proxy.h"
#include "identity/users.h"

namespace identity {

enum class AnonymousMode {
  off,     // 401 without credentials
  own,     // each anonymous job only by its unguessable URL
  shared,  // all anonymous jobs belong to nobody in particular, and are listed to all: demonstrations
};

/// One of the IVOA's challenges (SSO 2.0 and its successor).
struct Challenge {
  std::string scheme;       // ivoa_bearer, ivoa_cookie or ivoa_x509
  std::string standard_id;  // "ivo://ivoa.net/sso#OpenID"
  std::string access_url;
  std::string discovery_url;
};

struct Options {
  AnonymousMode anonymous = AnonymousMode::off;
  std::vector<User> users;
  std::vector<IssuerOptions> issuers;
  ProxyOptions proxy;
  std::vector<std::string> administrators;        // users' names
  std::vector<std::string> administrator_groups;  // groups' names
  std::vector<Challenge> challenges;
};

util::Result<std::unique_ptr<http::Authenticator>> make_authenticator(const Options& options, const Fetch& fetch,
                                                                      const Clock& clock = {});

}  // namespace identity
