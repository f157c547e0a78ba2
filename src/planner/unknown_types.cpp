#include "planner/unknown_types.h"

#include <algorithm>

#include "util/log.h"
#include "util/metrics.h"
#include "util/text.h"

namespace planner {

void UnknownTypes::note(const std::string& uri) {
  static util::Counter& asked =
      util::metrics().counter("docker_uws_planner_unknown_types_total", "Questions about task types that are unknown.");
  asked.add(1);
  const std::lock_guard lock(mutex_);
  const auto [entry, is_new] = entries_.try_emplace(uri, Entry{uri, 0, {}});
  ++entry->second.count;
  entry->second.last = util::now();
  if (!is_new) return;
  log(uri);
  if (entries_.size() <= most) return;
  const auto oldest = std::min_element(entries_.begin(), entries_.end(),
                                       [&](const auto& a, const auto& b) { return a.second.last < b.second.last; });
  entries_.erase(oldest);
}

/// Logs at most 60 types in a minute, so that a flood of questions does not fill the log.
void UnknownTypes::log(const std::string& uri) {
  constexpr int most_in_a_minute = 60;
  const auto now = std::chrono::steady_clock::now();
  if (now - minute_ >= std::chrono::minutes(1)) {
    minute_ = now;
    logged_ = 0;
  }
  if (++logged_ <= most_in_a_minute)
    util::log_info("unknown task type asked for", {{"tasktype", util::for_display(uri, 200)}});
}

std::vector<UnknownTypes::Entry> UnknownTypes::entries() const {
  std::vector<Entry> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [uri, entry] : entries_) all.push_back(entry);
  }
  std::stable_sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) { return a.count > b.count; });
  return all;
}

}  // namespace planner
