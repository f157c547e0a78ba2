// Counts the task types that callers asked for and that the catalogue does not know, so that the operator can see them.
//
// Owner: the Planner. Any thread. The counts are in memory only, and bounded: if there are too many different task
// types, the one that was asked for least recently is forgotten. The number of log messages per minute is bounded, too.
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

  /// Counts a question about this task type. Logs the type the first time, and again if it was forgotten in between.
  void note(const std::string& uri);
  /// The types that were asked for most often come first.
  std::vector<Entry> entries() const;

 private:
  static constexpr std::size_t most = 1000;

  void log(const std::string& uri);

  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::chrono::steady_clock::time_point minute_;  // the start of the minute in which messages are being counted
  int logged_ = 0;                                // log messages in that minute
};

}  // namespace planner
