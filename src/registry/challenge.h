// What a registry wants before it answers: the WWW-Authenticate field of a 401 (RFC 9110 section 11, RFC 6750).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace registry {

struct Challenge {
  bool is_bearer = false;  // else Basic
  // Of Bearer:
  std::string realm;  // where a token is to be had
  std::string service;
  std::string scope;
};

/// nullopt for what is neither, or malformed.
std::optional<Challenge> parse_challenge(std::string_view field);

}  // namespace registry
