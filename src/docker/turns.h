// Limits how many runs are created and started at a time; the others wait in the order of their requests. An engine
// that creates a dozen containers at once has none ready before the last; with a limit, the first are ready soon.
//
// Owned by the engine, and used on the loop's thread. The Api must outlive it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>

#include "docker/api/api.h"

namespace docker {

class Turns {
 public:
  using Id = std::uint64_t;

  /// A turn ends after `longest_turn` at the latest: the work may continue, but no longer delays others. This happens
  /// when the engine does not answer for a container, or when large inputs are copied.
  Turns(Api& api, std::chrono::milliseconds longest_turn) : api_(api), longest_turn_(longest_turn) {}

  /// Asks for a turn. `begin` is posted to the loop when fewer than `limit` turns are taken, at once if that is so now.
  Id take(std::size_t limit, std::function<void()> begin);
  /// Ends a turn, or stops waiting for one. Has no effect if that was done before.
  void give_back(Id id);

 private:
  struct Waiter {
    std::size_t limit;
    std::function<void()> begin;
  };
  void pass_on();

  Api& api_;
  const std::chrono::milliseconds longest_turn_;
  std::map<Id, Waiter> waiting_;  // the oldest request first
  std::set<Id> working_;
  Id last_id_ = 0;
};

}  // namespace docker
