// The interface for authentication (U65). The room identity implements it; the server calls it before it reads a body.
// Any thread may call.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "util/async.h"
#include "util/result.h"

namespace http {

/// The parts of a request from which its sender is identified.
struct RequestCredentials {
  std::string_view peer_address;  // at the other end of the connection, which may be a proxy
  const Headers& headers;
  bool needs_name = true;  // false: an anonymous caller is accepted; credentials, if there are any, are still checked
};

class Authenticator {
 public:
  using Done = util::Callback<Identity>;
  virtual ~Authenticator() = default;
  /// Calls `done` within this call, or later from another thread if the check takes time. `asking` is not used after
  /// this call. Errors: `unauthenticated`, `forbidden` (a header that only a trusted proxy may send), `too_many`,
  /// `unavailable` (an issuer's keys cannot be fetched now).
  virtual void authenticate(const RequestCredentials& asking, Done done) = 0;
  /// The values of WWW-Authenticate for a 401 to that request. Anonymous callers also get them where a login would
  /// change the answer.
  virtual std::vector<std::string> challenges(const RequestCredentials& asking) const = 0;
  /// False: the configuration has no way to log in, and anonymous callers get no challenge.
  virtual bool takes_names() const { return true; }
};

}  // namespace http
