// A bounded first-in, first-out queue of work for the database's threads. Internal to the room; any thread may call.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "util/metrics.h"
#include "util/result.h"

namespace store {

template <typename Item>
class WorkQueue {
 public:
  /// `length`: a metric that is kept equal to the number of waiting items.
  WorkQueue(std::size_t longest, util::Gauge& length) : longest_(longest), length_(length) {}

  /// Moves the item into the queue. `unavailable`: the queue is full or closed; the item is then unchanged.
  util::Status push(Item& item) {
    const std::lock_guard lock(mutex_);
    if (closed_) return util::Error::busy("the service is stopping", std::chrono::seconds(5));
    if (items_.size() >= longest_) {
      return util::Error::busy("the database is busy: too many requests wait for it", std::chrono::seconds(1));
    }
    items_.push_back(std::move(item));
    length_.add(1);
    wake_.notify_one();  // with the lock held, because the item may lead to the queue's destruction
    return {};
  }

  /// Waits for items and takes up to `most` of them. Empty: none came within `patience`. nullopt: the queue is closed
  /// and empty.
  std::optional<std::vector<Item>> take(std::size_t most, std::optional<std::chrono::milliseconds> patience) {
    std::unique_lock lock(mutex_);
    const auto something = [this] { return closed_ || !items_.empty(); };
    if (patience) {
      wake_.wait_for(lock, *patience, something);
    } else {
      wake_.wait(lock, something);
    }
    if (items_.empty() && closed_) return std::nullopt;
    std::vector<Item> taken;
    while (taken.size() < most && !items_.empty()) {
      taken.push_back(std::move(items_.front()));
      items_.pop_front();
      length_.add(-1);
    }
    return taken;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    wake_.notify_all();
  }

 private:
  const std::size_t longest_;
  util::Gauge& length_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> items_;
  bool closed_ = false;
};

}  // namespace store
