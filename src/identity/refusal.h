// The error of every refused credential: "Authorization: REASON, accepted: ...". Never put the credential into
// `reason`.
#pragma once

#include <string>
#include <utility>

#include "util/result.h"

namespace identity {

inline util::Error refused(std::string reason) {
  return util::Error::of(
      util::ErrorCode::unauthenticated,
      util::Fault{"Authorization", std::move(reason), "Basic with a user's password, or Bearer with a token"});
}

}  // namespace identity
