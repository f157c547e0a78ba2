#include "identity/identity_cache.h"

#include <algorithm>
#include <utility>

#include "util/hash.h"
#include "util/random.h"

namespace identity {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds longest_time = std::chrono::minutes(1);
constexpr std::size_t most_entries = 10'000;
constexpr std::size_t most_bytes = 16U << 20U;

std::size_t size_of(const http::Identity& identity) {
  constexpr std::size_t overhead = 256;
  std::size_t bytes = overhead + identity.user.value_or("").size();
  for (const std::string& group : identity.groups) bytes += sizeof(std::string) + group.size();
  return bytes;
}

}  // namespace

IdentityCache::IdentityCache() : key_(util::random_bytes(32)) {}

std::string IdentityCache::digest(std::string_view credential) const {
  util::Sha256 hash;
  hash.update(key_);
  hash.update(credential);
  return hash.finish();
}

std::optional<http::Identity> IdentityCache::find(const std::string& digest) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(digest);
  if (found == entries_.end() || found->second.until <= steady_clock::now()) return std::nullopt;
  return found->second.identity;
}

void IdentityCache::keep(const std::string& digest, const http::Identity& identity, milliseconds at_most) {
  Entry entry{identity, steady_clock::now() + std::min(at_most, longest_time), size_of(identity)};
  const std::lock_guard lock(mutex_);
  if (const auto old = entries_.find(digest); old != entries_.end()) {
    bytes_ -= old->second.bytes;
    entries_.erase(old);
  }
  if (entries_.size() >= most_entries || bytes_ + entry.bytes > most_bytes) make_room();
  bytes_ += entry.bytes;
  entries_.emplace(digest, std::move(entry));
}

void IdentityCache::make_room() {
  const auto now = steady_clock::now();
  std::erase_if(entries_, [&](const auto& entry) {
    if (entry.second.until > now) return false;
    bytes_ -= entry.second.bytes;
    return true;
  });
  if (entries_.size() < most_entries / 2 && bytes_ < most_bytes / 2) return;
  entries_.clear();
  bytes_ = 0;
}

}  // namespace identity
