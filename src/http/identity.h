// The seam to whoever knows who asks (U65): the room identity implements it, the server asks it before a body is read.
// Any thread may call.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "util/result.h"

namespace http {

/// What of a request tells who sent it.
struct Asking {
  std::string_view peer_address;  // at the other end of the connection, whatever it forwards
  const Headers& headers;
};

class Authenticator {
 public:
  using Done = std::function<void(util::Result<Identity>)>;
  virtual ~Authenticator() = default;
  /// Answers at once where nothing takes time, otherwise later, from another thread; `asking` is not kept. Errors:
  /// unauthenticated, forbidden (what only a proxy may say), too_many, unavailable (keys that cannot be had now).
  virtual void authenticate(const Asking& asking, Done done) = 0;
  /// The values of WWW-Authenticate that go with a 401 to that request.
  virtual std::vector<std::string> challenges(const Asking& asking) const = 0;
};

}  // namespace http
