#include "docker/turns.h"

#include <utility>

namespace docker {

Turns::Id Turns::take(std::size_t limit, std::function<void()> begin) {
  const Id id = ++last_id_;
  waiting_.emplace(id, Waiter{limit, std::move(begin)});
  pass_on();
  return id;
}

void Turns::give_back(Id id) {
  waiting_.erase(id);
  if (working_.erase(id) > 0) pass_on();
}

void Turns::pass_on() {
  while (!waiting_.empty() && working_.size() < waiting_.begin()->second.limit) {
    auto next = waiting_.extract(waiting_.begin());
    const Id id = next.key();
    working_.insert(id);
    api_.after(longest_turn_, [this, id] { give_back(id); });
    api_.poster()(std::move(next.mapped().begin));
  }
}

}  // namespace docker
