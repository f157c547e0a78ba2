#include "identity/password.h"

#include <stdexcept>

#include <argon2.h>

#include "util/random.h"
#include "util/text.h"

namespace identity {
namespace {

// The first choice of OWASP's Password Storage Cheat Sheet.
constexpr std::uint32_t memory_kib = 19456;
constexpr std::uint32_t passes = 2;
constexpr std::uint32_t lanes = 1;
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;

constexpr std::uint64_t most_memory_kib = 1U << 20U;
constexpr std::uint64_t most_passes = 32;
constexpr std::uint64_t most_lanes = 16;
constexpr std::size_t longest_encoded = 512;

bool is_within(std::string_view field, std::string_view name, std::uint64_t most) {
  if (!field.starts_with(name)) return false;
  const auto number = util::parse_unsigned(field.substr(name.size()));
  return number && *number >= 1 && *number <= most;
}

}  // namespace

bool is_password_hash(std::string_view encoded) {
  if (encoded.size() > longest_encoded) return false;
  const auto pieces = util::split(encoded, '$');
  if (pieces.size() != 6 || !pieces[0].empty() || pieces[1] != "argon2id" || pieces[2] != "v=19") return false;
  const auto costs = util::split(pieces[3], ',');
  return costs.size() == 3 && is_within(costs[0], "m=", most_memory_kib) && is_within(costs[1], "t=", most_passes) &&
         is_within(costs[2], "p=", most_lanes) && util::from_base64(pieces[4]).has_value() && !pieces[4].empty() &&
         util::from_base64(pieces[5]).has_value() && !pieces[5].empty();
}

bool verify_password(const std::string& encoded, std::string_view password) {
  return is_password_hash(encoded) && argon2id_verify(encoded.c_str(), password.data(), password.size()) == ARGON2_OK;
}

std::string hash_password(std::string_view password) {
  const std::string salt = util::random_bytes(salt_bytes);
  std::string encoded(argon2_encodedlen(passes, memory_kib, lanes, salt_bytes, hash_bytes, Argon2_id), '\0');
  const int result = argon2id_hash_encoded(passes, memory_kib, lanes, password.data(), password.size(), salt.data(),
                                           salt.size(), hash_bytes, encoded.data(), encoded.size());
  if (result != ARGON2_OK) throw std::runtime_error(argon2_error_message(result));
  encoded.resize(encoded.find('\0'));
  return encoded;
}

}  // namespace identity
