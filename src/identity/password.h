// Makes and verifies argon2id hashes of passwords, in the usual encoded form. Any thread may call.
#pragma once

#include <string>
#include <string_view>

namespace identity {

/// True for an argon2id hash whose memory, passes and lanes are within the limits of this service.
bool is_password_hash(std::string_view encoded);

/// Takes tens of milliseconds and the memory that the hash asks for. False if is_password_hash(encoded) is false.
bool verify_password(const std::string& encoded, std::string_view password);

/// argon2id with a random salt, in the usual encoded form ($argon2id$v=19$m=...).
std::string hash_password(std::string_view password);

}  // namespace identity
