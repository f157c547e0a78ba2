#include "executor/outlook.h"

#include <algorithm>

namespace executor {
namespace {

/// A simulated clock. When the next job does not fit, the clock advances to the next end of a hold or job.
class Simulation {
 public:
  Simulation(std::map<std::string, ledger::Resources> free, std::vector<HeldResources> taken, util::Instant now)
      : free_(std::move(free)), now_(now) {
    std::erase_if(taken, [](const HeldResources& hold) { return !hold.until; });
    taken_ = std::move(taken);
  }

  /// Starts a job on the first engine on which it fits, as early as possible; false if it never fits.
  bool start(const ledger::Resources& needs, std::chrono::seconds lasts) {
    for (;;) {
      const auto engine =
          std::find_if(free_.begin(), free_.end(), [&](const auto& candidate) { return needs.fits(candidate.second); });
      if (engine != free_.end()) {
        engine->second -= needs;
        if (lasts.count() > 0) taken_.push_back({engine->first, needs, now_ + lasts});
        return true;
      }
      if (!advance()) return false;
    }
  }

  util::Instant now() const { return now_; }

 private:
  bool advance() {
    const auto next =
        std::min_element(taken_.begin(), taken_.end(),
                         [](const HeldResources& a, const HeldResources& b) { return *a.until < *b.until; });
    if (next == taken_.end()) return false;
    now_ = std::max(now_, *next->until);
    if (const auto engine = free_.find(next->engine); engine != free_.end()) engine->second += next->resources;
    taken_.erase(next);
    return true;
  }

  std::map<std::string, ledger::Resources> free_;
  std::vector<HeldResources> taken_;
  util::Instant now_;
};

}  // namespace

std::optional<std::chrono::seconds> starts_within(std::map<std::string, ledger::Resources> free,
                                                  std::vector<HeldResources> taken,
                                                  const std::vector<QueuedNeeds>& ahead, const ledger::Resources& needs,
                                                  util::Instant now) {
  Simulation simulation(std::move(free), std::move(taken), now);
  for (const QueuedNeeds& job : ahead) {
    if (!simulation.start(job.needs, job.lasts)) return std::nullopt;
  }
  if (!simulation.start(needs, std::chrono::seconds(1))) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(simulation.now() - now);
}

}  // namespace executor
