#include "docker/runs/rlimits.h"

#include <algorithm>

namespace docker {

std::int64_t Rlimits::of(const std::string& name, std::int64_t wanted) const {
  const auto found = most_.find(name);
  return found == most_.end() ? wanted : std::min(wanted, found->second);
}

bool Rlimits::lower(const std::string& name, std::int64_t refused) {
  constexpr std::int64_t least = 64;
  const auto next = of(name, refused) < refused ? of(name, refused) : refused / 2;
  if (next < least) return false;
  most_[name] = next;
  return true;
}

}  // namespace docker
