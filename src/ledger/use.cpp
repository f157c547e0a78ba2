#include "ledger/use.h"

#include <algorithm>
#include <utility>

namespace ledger {
namespace {

struct Change {
  util::Instant at;
  int sign;  // -1: a hold ends, 1: one begins; at the same instant, ends are counted first
  const Resources* resources;
};

}  // namespace

Resources most_held(const std::vector<Hold>& holds, util::Instant from, std::optional<util::Instant> to,
                    util::Instant now) {
  std::vector<Change> changes;
  for (const Hold& hold : holds) {
    const std::optional<util::Instant> end = hold.ends(now);
    const bool apart = (to && hold.from >= *to) || (end && (*end <= from || *end <= hold.from));
    if (apart) continue;
    changes.push_back({std::max(hold.from, from), 1, &hold.resources});
    if (end) changes.push_back({*end, -1, &hold.resources});
  }
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return std::pair(a.at, a.sign) < std::pair(b.at, b.sign); });

  Resources held{0, 0, 0};
  Resources most{0, 0, 0};
  for (const Change& change : changes) {
    if (change.sign < 0) {
      held -= *change.resources;
    } else {
      held += *change.resources;
      most.raise_to(held);
    }
  }
  return most;
}

}  // namespace ledger
