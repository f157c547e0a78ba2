// Counts the requests of one route, by status, and measures their duration. Owned by the router.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <string>

#include "util/metrics.h"

namespace http {

/// Any thread may call.
class Meter {
 public:
  Meter(std::string method, std::string route);

  void count(int status, std::chrono::nanoseconds took);

  /// For requests that match no route.
  static Meter& unrouted();

 private:
  static constexpr std::size_t statuses = 500;  // 100 to 599

  const std::string method_;
  const std::string route_;
  util::Histogram& took_;
  std::array<std::atomic<util::Counter*>, statuses> counters_{};
};

}  // namespace http
