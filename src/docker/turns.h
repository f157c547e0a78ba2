// Who may work now: a few at once, the others in the order in which they came. An engine that makes and starts a
// dozen containers at once has none of them ready before the last; one after the other, the first soon begin.
//
// On the loop's thread. The Api outlives it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>

#include "docker/api.h"

namespace docker {

class Turns {
 public:
  using Id = std::uint64_t;

  /// Whoever takes longer than `longest_turn` goes on, but no longer keeps others waiting: one whose engine does not
  /// answer, or who has much to copy.
  Turns(Api& api, std::chrono::milliseconds longest_turn) : api_(api), longest_turn_(longest_turn) {}

  /// `begin` is called when it is its turn, at once if fewer than `limit` have theirs; not from within any other call.
  Id take(std::size_t limit, std::function<void()> begin);
  /// It has done its work, or does not wait any more. Harmless when that was said before.
  void give_back(Id id);

 private:
  struct Waiter {
    std::size_t limit;
    std::function<void()> begin;
  };
  void pass_on();

  Api& api_;
  const std::chrono::milliseconds longest_turn_;
  std::map<Id, Waiter> waiting_;  // the oldest first
  std::set<Id> working_;
  Id last_id_ = 0;
};

}  // namespace docker
