#include "registry/challenge.h"

#include <algorithm>

#include "util/text.h"

namespace registry {
namespace {

/// Takes `name=value` or `name="value"` from the front, with the comma that follows.
bool take_parameter(std::string_view& rest, std::string& name, std::string& value) {
  const auto equals = rest.find('=');
  if (equals == rest.npos) return false;
  name = util::to_lower(util::trim(rest.substr(0, equals)));
  rest.remove_prefix(equals + 1);
  value.clear();
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    while (!rest.empty() && rest.front() != '"') {
      if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
      value += rest.front();
      rest.remove_prefix(1);
    }
    if (rest.empty()) return false;
    rest.remove_prefix(1);
  } else {
    value = util::trim(rest.substr(0, rest.find(',')));
    rest.remove_prefix(std::min(rest.find(','), rest.size()));
  }
  rest = util::trim(rest);
  if (rest.starts_with(',')) rest = util::trim(rest.substr(1));
  return true;
}

}  // namespace

std::optional<Challenge> parse_challenge(std::string_view field) {
  field = util::trim(field);
  const auto blank = field.find(' ');
  const std::string_view scheme = field.substr(0, blank);
  Challenge challenge;
  challenge.is_bearer = util::iequals(scheme, "Bearer");
  if (!challenge.is_bearer) return util::iequals(scheme, "Basic") ? std::optional(challenge) : std::nullopt;
  std::string_view rest = blank == field.npos ? std::string_view{} : util::trim(field.substr(blank));
  std::string name;
  std::string value;
  while (!rest.empty()) {
    if (!take_parameter(rest, name, value)) return std::nullopt;
    if (name == "realm") challenge.realm = value;
    if (name == "service") challenge.service = value;
    if (name == "scope") challenge.scope = value;
  }
  return challenge.realm.empty() ? std::nullopt : std::optional(challenge);
}

}  // namespace registry
