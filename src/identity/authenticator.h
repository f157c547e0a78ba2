// Authenticates the caller of a request (U65): a user that a reverse proxy names, a user of the configuration file, the
// user of an issuer's token, or an anonymous caller. Also decides who is an administrator.
//
// Owner: the service. The authenticator outlives the HTTP server and must not outlive what `fetch` uses. Any thread may
// call.
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
  own,     // an anonymous job is found only by its URL, which cannot be guessed
  shared,  // all anonymous jobs have the same owner and are listed to everybody: for demonstrations
};

/// A WWW-Authenticate challenge of the IVOA (SSO 2.0 and its successor).
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
  std::vector<std::string> administrators;        // names of users
  std::vector<std::string> administrator_groups;  // names of groups
  std::vector<Challenge> challenges;
};

util::Result<std::unique_ptr<http::Authenticator>> make_authenticator(const Options& options, const Fetch& fetch,
                                                                      const Clock& clock = {});

}  // namespace identity
