// Parses the WWW-Authenticate field of a registry's 401 response (RFC 9110 section 11, RFC 6750). Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace registry {

struct Challenge {
  bool is_bearer = false;  // false: Basic
  // Only for Bearer:
  std::string realm;  // the URL of the token service
  std::string service;
  std::string scope;
};

/// nullopt if the scheme is neither Bearer nor Basic, or if the field is malformed.
std::optional<Challenge> parse_challenge(std::string_view field);

}  // namespace registry
