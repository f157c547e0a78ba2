// argon2id in its usual encoded form.
#pragma once

#include <string>
#include <string_view>

namespace identity {

/// An argon2id hash whose parameters we are willing to compute.
bool is_password_hash(std::string_view encoded);

/// Takes tens of milliseconds and the memory that the hash asks for. False for whatever is_password_hash refuses.
bool verify_password(const std::string& encoded, std::string_view password);

/// argon2id with a random salt, in the usual encoded form ($argon2id$v=19$m=...).
std::string hash_password(std::string_view password);

}  // namespace identity
