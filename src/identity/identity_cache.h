// A cache of identities that were verified recently, by a keyed digest of the credential, so that a costly check is
// made once a minute only. Bounded in number and bytes. Any thread may call.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/message.h"

namespace identity {

class IdentityCache {
 public:
  using Ticks = std::chrono::steady_clock::time_point;

  IdentityCache();

  /// Without the key of this process, nothing of the credential can be found out from the digest.
  std::string digest(std::string_view credential) const;

  std::optional<http::Identity> find(const std::string& digest) const;
  /// Keeps the identity for a minute, or for `at_most` when that is less.
  void keep(const std::string& digest, const http::Identity& identity, std::chrono::milliseconds at_most);

 private:
  struct Entry {
    http::Identity identity;
    Ticks until;
    std::size_t bytes = 0;
  };
  void make_room();

  const std::string key_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace identity
