// What is counted of the requests of one route.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <string>

#include "util/metrics.h"

namespace http {

/// Any thread.
class Meter {
 public:
  Meter(std::string method, std::string route);

  void count(int status, std::chrono::nanoseconds took);

  /// Of what found no route.
  static Meter& unrouted();

 private:
  static constexpr std::size_t statuses = 500;  // 100 to 599

  const std::string method_;
  const std::string route_;
  util::Histogram& took_;
  std::array<std::atomic<util::Counter*>, statuses> counters_{};
};

}  // namespace http
