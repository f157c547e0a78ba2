// When a task that is queued now would start: from what is held, what is queued before it, and how long each may last.
//
// A promise of the worst case only: a job that ends before its time makes it sooner. Nothing is known where what must
// end first has no limit to its time. Computes only; any thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "util/time.h"

namespace executor {

/// Capacity that is taken until then; nullopt: nobody knows how long.
struct HeldAmount {
  std::string engine;
  ledger::Amount amount;
  std::optional<util::Instant> until;
};

/// A job that is before us in the queue; `lasts` 0: without limit.
struct QueuedAmount {
  ledger::Amount needs;
  std::chrono::seconds lasts{0};
};

/// How long after `now` a task with these needs starts at the latest; nullopt: nobody knows.
std::optional<std::chrono::seconds> starts_within(std::map<std::string, ledger::Amount> free,
                                                  std::vector<HeldAmount> taken, const std::vector<QueuedAmount>& ahead,
                                                  const ledger::Amount& needs, util::Instant now);

}  // namespace executor
