// A fixed number of threads for work that blocks, behind a bounded queue. A task must not throw.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "util/async.h"
#include "util/metrics.h"

namespace util {

class WorkerPool {
 public:
  WorkerPool(const std::string& name, std::size_t threads, std::size_t longest_queue);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full or the pool is stopping: the task is not taken. Any thread.
  [[nodiscard]] bool try_post(Task task);

  /// Runs the queued tasks, then joins the threads. Must not be called from a worker thread. May be called twice.
  void stop();

 private:
  void run();

  const std::size_t longest_queue_;
  const PoolMetrics metrics_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace util
