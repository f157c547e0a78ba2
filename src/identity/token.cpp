#include "identity/token.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "identity/refusal.h"
#include "util/text.h"

namespace identity {
namespace {

constexpr data::Limits header_limits{.bytes = 8U << 10U, .depth = 4, .nodes = 100};
constexpr data::Limits claims_limits{.bytes = longest_token, .depth = 16, .nodes = 4000};
constexpr std::size_t longest_key_id = 1000;

util::Result<data::Node> read_object(std::string_view encoded, const data::Limits& limits, const char* what) {
  const auto text = util::from_base64url(encoded);
  if (!text) return refused_token(std::string("its ") + what + " is not base64url");
  auto node = data::parse_json(*text, limits);
  if (!node.ok() || !node->is_object()) {
    return refused_token(std::string("its ") + what + " is not a JSON object with each member once");
  }
  return node;
}

/// RFC 8725 section 3.11: a token whose typ names another kind of token must not be accepted as an access token.
bool is_fitting_type(std::string_view type) {
  constexpr std::string_view prefix = "application/";
  if (type.size() > prefix.size() && util::iequals(type.substr(0, prefix.size()), prefix)) {
    type.remove_prefix(prefix.size());
  }
  return util::iequals(type, "JWT") || util::iequals(type, "at+jwt");
}

util::Status read_header(const data::Node& header, Token& token) {
  const auto algorithm = string_member(header, "alg");
  if (!algorithm) return refused_token("its header names no alg");
  token.algorithm = *algorithm;
  if (header.find("crit") != nullptr) return refused_token("its header holds crit: no extension is understood");
  if (header.find("typ") != nullptr && !is_fitting_type(string_member(header, "typ").value_or(""))) {
    return refused_token("its typ is none of JWT and at+jwt");
  }
  if (header.find("kid") != nullptr) {
    token.key_id = string_member(header, "kid");
    if (!token.key_id || token.key_id->size() > longest_key_id) return refused_token("its kid is no text, or too long");
  }
  return {};
}

/// NumericDate (RFC 7519 section 2), which may have a fraction.
util::Result<std::optional<util::Instant>> read_time(const data::Node& claims, std::string_view name) {
  constexpr double latest = 1e11;  // the year 5138
  const data::Node* claim = claims.find(name);
  if (claim == nullptr) return std::optional<util::Instant>();
  const auto seconds = claim->kind() == data::Kind::number ? claim->as_double() : std::nullopt;
  if (!seconds || !std::isfinite(*seconds) || *seconds < 0 || *seconds > latest) {
    return refused_token("its " + std::string(name) + " is not a time");
  }
  return std::optional(util::Instant(std::chrono::milliseconds(std::llround(*seconds * 1000))));
}

bool is_meant(const data::Node& claims, const std::vector<std::string>& audiences) {
  const data::Node* aud = claims.find("aud");
  if (aud == nullptr) return false;
  const auto is_ours = [&](const data::Node& node) {
    return node.kind() == data::Kind::string &&
           std::find(audiences.begin(), audiences.end(), *node.as_string()) != audiences.end();
  };
  return is_ours(*aud) || std::any_of(aud->items().begin(), aud->items().end(), is_ours);
}

}  // namespace

util::Error refused_token(std::string reason) { return refused("holds a token that is refused: " + std::move(reason)); }

bool looks_like_token(std::string_view text) { return std::count(text.begin(), text.end(), '.') == 2; }

std::string Token::issuer() const { return string_member(claims, "iss").value_or(""); }

util::Result<Token> parse_token(std::string_view text) {
  if (text.size() > longest_token) {
    return refused_token("it has more than " + std::to_string(longest_token) + " bytes");
  }
  const auto pieces = util::split(text, '.');
  if (pieces.size() != 3) return refused_token("it is not three pieces between dots");
  Token token;
  ASSIGN_OR_RETURN(const data::Node header, read_object(pieces[0], header_limits, "header"));
  RETURN_IF_ERROR(read_header(header, token));
  ASSIGN_OR_RETURN(token.claims, read_object(pieces[1], claims_limits, "payload"));
  auto signature = util::from_base64url(pieces[2]);
  if (!signature || signature->empty()) return refused_token("its signature is missing, or not base64url");
  token.signature = *std::move(signature);
  token.text = text;
  return token;
}

util::Result<util::Instant> check_claims(const data::Node& claims, const TokenRequirements& expected,
                                         util::Instant now) {
  if (string_member(claims, "iss") != expected.issuer) return refused_token("its iss is not the issuer's");
  if (!is_meant(claims, expected.audiences)) return refused_token("its aud does not name this service");
  if (string_member(claims, "sub").value_or("").empty()) return refused_token("it has no sub");
  ASSIGN_OR_RETURN(const auto expires, read_time(claims, "exp"));
  if (!expires) return refused_token("it has no exp");
  if (*expires + expected.clock_skew <= now) return refused_token("it expired at " + util::to_iso(*expires));
  ASSIGN_OR_RETURN(const auto begins, read_time(claims, "nbf"));
  if (begins && *begins - expected.clock_skew > now) {
    return refused_token("it is not valid before " + util::to_iso(*begins));
  }
  return *expires + expected.clock_skew;
}

std::optional<std::string> string_member(const data::Node& object, std::string_view name) {
  const data::Node* member = object.find(name);
  return member != nullptr && member->kind() == data::Kind::string ? member->as_string() : std::nullopt;
}

const data::Node* find_claim(const data::Node& claims, std::string_view name) {
  if (!name.starts_with('/')) return claims.find(name);
  const data::Node* found = &claims;
  for (const std::string_view escaped : util::split(name.substr(1), '/')) {
    std::string key;
    for (std::size_t i = 0; i < escaped.size(); ++i) {
      const bool tilde = escaped[i] == '~' && i + 1 < escaped.size();
      key += tilde ? (escaped[++i] == '0' ? '~' : '/') : escaped[i];
    }
    found = found->find(key);
    if (found == nullptr) return nullptr;
  }
  return found;
}

}  // namespace identity
