// The clocks of this process: now() (util/time.h) for what is shown and stored, and Clock for timers and pauses. Tests
// of hours move both forward instead of waiting. Any thread may call.
#pragma once

#include <chrono>

namespace util {

/// A steady clock: nobody sets it.
struct Clock {
  using duration = std::chrono::steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr bool is_steady = true;

  static time_point now();
};

/// For tests only: moves both clocks forward. An event loop notices this when it gets its next task.
void advance_clocks(std::chrono::milliseconds by);

}  // namespace util
