#include "http/quota.h"

#include <algorithm>
#include <array>

#include "util/text.h"

namespace http {
namespace {

constexpr auto minute = std::chrono::minutes(1);

struct Words {
  std::string_view key;  // in the configuration
  std::string_view what;
};

Words words_of(Quota::Kind kind) {
  constexpr std::array<Words, Quota::kinds> all{{{"connections", "connections are open"},
                                                 {"requests", "requests are not answered yet"},
                                                 {"uploads", "uploads are arriving"}}};
  return all.at(static_cast<std::size_t>(kind));
}

std::size_t index(Quota::Kind kind) { return static_cast<std::size_t>(kind); }

}  // namespace

Quota::Quota(std::string name, Share share, std::size_t most_known)
    : name_(std::move(name)),
      share_(share),
      most_known_(most_known),
      refusals_{&refusals("connections"), &refusals("requests"), &refusals("uploads"),
                &refusals("creations_per_minute")} {}

util::Counter& Quota::refusals(std::string_view key) const {
  return util::metrics().counter("docker_uws_limited_total", "Requests and connections refused with 429, by limit.",
                                 {{"limit", name_ + "." + std::string(key)}});
}

std::size_t Quota::most(Kind kind) const {
  const std::array<std::size_t, kinds> limits{share_.connections, share_.requests, share_.uploads};
  return limits.at(index(kind));
}

util::Error Quota::refused(const std::string& who, Kind kind) const {
  refusals_.at(index(kind))->add();
  const auto [key, what] = words_of(kind);
  util::Error error = util::Error::of(util::ErrorCode::too_many,
                                      util::Fault{"limits." + name_ + "." + std::string(key),
                                                  "too many " + std::string(what) + " of " + util::for_display(who),
                                                  "at most " + std::to_string(most(kind)) + " at a time"});
  error.retry_after = std::chrono::seconds(1);
  return error;
}

util::Result<Quota::Hold> Quota::take(const std::string& who, Kind kind) {
  const std::size_t limit = most(kind);
  if (limit == 0) return Hold();
  const std::lock_guard lock(mutex_);
  auto& entry = find_or_add(who, Clock::now());
  std::uint32_t& held = entry.second.held[index(kind)];
  if (held >= limit) return refused(who, kind);
  ++held;
  return Hold(*this, entry, kind);
}

util::Status Quota::create(const std::string& who, Clock::time_point now) {
  if (share_.creations_per_minute == 0) return {};
  const auto price = std::chrono::duration_cast<Clock::duration>(minute) / share_.creations_per_minute;
  const std::lock_guard lock(mutex_);
  Use& use = find_or_add(who, now).second;
  const auto paid_until = std::max(use.theoretical_arrival_time, now) + price;
  if (paid_until - now <= minute) {
    use.theoretical_arrival_time = paid_until;
    return {};
  }
  refusals_.back()->add();
  util::Error error = util::Error::of(
      util::ErrorCode::too_many,
      util::Fault{"limits." + name_ + ".creations_per_minute", "too many creations of " + util::for_display(who),
                  std::to_string(share_.creations_per_minute) + " a minute"});
  error.retry_after = std::chrono::ceil<std::chrono::seconds>(paid_until - now - minute);
  return error;
}

std::size_t Quota::known() const {
  const std::lock_guard lock(mutex_);
  return table_.size();
}

Quota::Table::value_type& Quota::find_or_add(const std::string& who, Clock::time_point now) {
  if (const auto found = table_.find(who); found != table_.end()) return *found;
  if (table_.size() >= most_known_) make_room(now);
  return *table_.try_emplace(who).first;
}

/// Removes entries. Those that hold something stay; there are at most as many as requests and connections.
void Quota::make_room(Clock::time_point now) {
  std::erase_if(table_, [&](const auto& entry) {
    return entry.second.holds_nothing() && entry.second.theoretical_arrival_time <= now;
  });
  if (table_.size() < most_known_ - most_known_ / 8) return;
  std::erase_if(table_, [&](const auto& entry) { return entry.second.holds_nothing(); });
}

void Quota::give_back(Table::value_type& entry, Kind kind) {
  const std::lock_guard lock(mutex_);
  Use& use = entry.second;
  --use.held[index(kind)];
  if (use.holds_nothing() && use.theoretical_arrival_time <= Clock::now()) table_.erase(table_.find(entry.first));
}

}  // namespace http
