// Amounts of the resources that an engine has and a run takes. A value; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>

namespace ledger {

struct Resources {
  std::int64_t millicores = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t slots = 1;
  /// What only some engines have, such as "gpus", by name. A name that is missing counts as 0.
  std::map<std::string, std::int64_t> others = {};

  bool fits(const Resources& capacity) const;
  bool is_negative() const;
  Resources& operator+=(const Resources& other);
  Resources& operator-=(const Resources& other);
  /// Each amount becomes the larger, or the smaller, one of both.
  void raise_to(const Resources& other);
  void lower_to(const Resources& other);

  /// For use as a key of maps; the order has no meaning.
  auto operator<=>(const Resources&) const = default;
};

inline Resources operator-(Resources a, const Resources& b) { return a -= b; }

}  // namespace ledger
