// Estimates when a task that is queued now would start, from the holds, the jobs before it, and their maximum
// durations.
//
// The estimate is the worst case: a job that ends before its maximum duration brings the start forward. There is no
// estimate if the start depends on the end of a job without a maximum duration. Computes only; any thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "util/time.h"

namespace executor {

/// Capacity that is held until `until`; nullopt: the end is unknown.
struct HeldResources {
  std::string engine;
  ledger::Resources resources;
  std::optional<util::Instant> until;
};

/// A job before the task in the queue. `lasts`: its maximum duration; 0 means no limit.
struct QueuedNeeds {
  ledger::Resources needs;
  std::chrono::seconds lasts{0};
};

/// How long after `now` a task with these needs starts at the latest; nullopt: unknown.
std::optional<std::chrono::seconds> starts_within(std::map<std::string, ledger::Resources> free,
                                                  std::vector<HeldResources> taken,
                                                  const std::vector<QueuedNeeds>& ahead, const ledger::Resources& needs,
                                                  util::Instant now);

}  // namespace executor
