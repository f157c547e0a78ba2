#include "ledger/resources.h"

#include <algorithm>

namespace ledger {
namespace {

/// Calls `change` with each amount of `to` and its counterpart in `from`.
template <typename Change>
void change_each(Resources& to, const Resources& from, Change change) {
  change(to.millicores, from.millicores);
  change(to.memory_bytes, from.memory_bytes);
  change(to.slots, from.slots);
  for (const auto& [name, amount] : from.others) to.others.try_emplace(name, 0);
  for (auto& [name, amount] : to.others) {
    const auto found = from.others.find(name);
    change(amount, found == from.others.end() ? 0 : found->second);
  }
  std::erase_if(to.others, [](const auto& other) { return other.second == 0; });
}

}  // namespace

bool Resources::fits(const Resources& capacity) const {
  return millicores <= capacity.millicores && memory_bytes <= capacity.memory_bytes && slots <= capacity.slots &&
         std::all_of(others.begin(), others.end(), [&](const auto& other) {
           const auto found = capacity.others.find(other.first);
           return other.second <= (found == capacity.others.end() ? 0 : found->second);
         });
}

bool Resources::is_negative() const {
  return millicores < 0 || memory_bytes < 0 || slots < 0 ||
         std::any_of(others.begin(), others.end(), [](const auto& other) { return other.second < 0; });
}

Resources& Resources::operator+=(const Resources& other) {
  change_each(*this, other, [](std::int64_t& to, std::int64_t from) { to += from; });
  return *this;
}

Resources& Resources::operator-=(const Resources& other) {
  change_each(*this, other, [](std::int64_t& to, std::int64_t from) { to -= from; });
  return *this;
}

void Resources::raise_to(const Resources& other) {
  change_each(*this, other, [](std::int64_t& to, std::int64_t from) { to = std::max(to, from); });
}

void Resources::lower_to(const Resources& other) {
  change_each(*this, other, [](std::int64_t& to, std::int64_t from) { to = std::min(to, from); });
}

}  // namespace ledger
