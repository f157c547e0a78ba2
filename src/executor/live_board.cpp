#include "executor/live_board.h"

#include <utility>

namespace executor {

std::shared_ptr<const uws::LiveState> LiveBoard::view(const uws::JobId& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = lives_.find(id);
  return found == lives_.end() ? of_others_ : found->second;
}

void LiveBoard::set(const uws::JobId& id, uws::LiveState live) {
  auto fresh = std::make_shared<uws::LiveState>(std::move(live));
  std::shared_ptr<const uws::LiveState> dropped;  // destroyed outside the lock: it may hold the last reference to a log
  const std::lock_guard lock(mutex_);
  fresh->revision = ++last_revision_;
  std::shared_ptr<const uws::LiveState>& place = lives_[id];
  dropped = std::exchange(place, std::move(fresh));
}

void LiveBoard::remove(const uws::JobId& id) {
  std::shared_ptr<const uws::LiveState> dropped;
  const std::lock_guard lock(mutex_);
  const auto found = lives_.find(id);
  if (found == lives_.end()) return;
  dropped = std::move(found->second);
  lives_.erase(found);
}

void LiveBoard::set_of_others(std::optional<uws::LiveState> live) {
  auto fresh = live ? std::make_shared<uws::LiveState>(*std::move(live)) : nullptr;
  const std::lock_guard lock(mutex_);
  if (fresh) fresh->revision = ++last_revision_;
  of_others_ = std::move(fresh);
}

}  // namespace executor
