#include "ledger/use.h"

#include <algorithm>
#include <utility>

namespace ledger {
namespace {

void add(Amount& sum, const Amount& amount, int sign) {
  sum.millicores += sign * amount.millicores;
  sum.memory_bytes += sign * amount.memory_bytes;
  sum.slots += sign * amount.slots;
}

struct Change {
  util::Instant at;
  int sign;  // -1: a hold ends, 1: one begins; at the same instant, ends are counted first
  const Amount* amount;
};

}  // namespace

Amount most_held(const std::vector<Hold>& holds, util::Instant from, std::optional<util::Instant> to) {
  std::vector<Change> changes;
  for (const Hold& hold : holds) {
    const bool apart = (to && hold.from >= *to) || (hold.to && (*hold.to <= from || *hold.to <= hold.from));
    if (apart) continue;
    changes.push_back({std::max(hold.from, from), 1, &hold.amount});
    if (hold.to) changes.push_back({*hold.to, -1, &hold.amount});
  }
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return std::pair(a.at, a.sign) < std::pair(b.at, b.sign); });

  Amount held{0, 0, 0};
  Amount most{0, 0, 0};
  for (const Change& change : changes) {
    add(held, *change.amount, change.sign);
    most.millicores = std::max(most.millicores, held.millicores);
    most.memory_bytes = std::max(most.memory_bytes, held.memory_bytes);
    most.slots = std::max(most.slots, held.slots);
  }
  return most;
}

}  // namespace ledger
