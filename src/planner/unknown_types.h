// The task types that were asked for and that nobody here knows: for the operator, who may want to look them up.
//
// Bounded: who asks with ever new words makes it forget, not grow, and fills no log. In memory only. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "util/time.h"

namespace planner {

class UnknownTypes {
 public:
  struct Entry {
    std::string uri;
    std::uint64_t count = 0;
    util::Instant last;
  };

  /// Counts it; logs it the first time, and after it was forgotten.
  void note(const std::string& uri);
  /// The most asked for first.
  std::vector<Entry> entries() const;

 private:
  static constexpr std::size_t most = 1000;

  void log(const std::string& uri);

  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::chrono::steady_clock::time_point minute_;  // that is counted
  int logged_ = 0;                                // in it
};

}  // namespace planner
