#include "util/clock.h"

#include <atomic>

#include "util/time.h"

namespace util {
namespace {

std::atomic<std::chrono::milliseconds> advanced{std::chrono::milliseconds{0}};

}  // namespace

Clock::time_point Clock::now() { return std::chrono::steady_clock::now() + advanced.load(std::memory_order_relaxed); }

Instant now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) +
         advanced.load(std::memory_order_relaxed);
}

void advance_clocks(std::chrono::milliseconds by) { advanced = advanced.load() + by; }

}  // namespace util
