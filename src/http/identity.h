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
  bool needs_name = true;  // false: what is asked for is nobody's in particular; credentials are judged all the same
};

class Authenticator {
 public:
  using Done = std::function<void(util::Result<Identity>)>;
  virtual ~Authenticator() = default;
  /// Answers at once where nothing takes time, otherwise later, from another thread; `asking` is not kept. Errors:
  /// unauthenticated, forbidden (what only a proxy may say), too_many, unavailable (keys that cannot be had now).
  virtual void authenticate(const Asking& asking, Done done) = 0;
  /// The values of WWW-Authenticate that go with a 401 to that request, and with what nobody in particular is answered
  /// where a name would change the answer.
  virtual std::vector<std::string> challenges(const Asking& asking) const = 0;
  /// False: nobody has a name here, and nobody is invited to give one.
  virtual bool takes_names() const { return true; }
};

}  // namespace http
