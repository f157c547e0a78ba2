#include "util/worker_pool.h"

#include <utility>

#include <pthread.h>

namespace util {

WorkerPool::WorkerPool(const std::string& name, std::size_t threads, std::size_t longest_queue)
    : longest_queue_(longest_queue), metrics_(name) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { run(); });
    pthread_setname_np(threads_.back().native_handle(), name.c_str());
  }
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::try_post(Task task) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || tasks_.size() >= longest_queue_) return false;
  tasks_.push_back(std::move(task));
  metrics_.queue.add(1);
  wake_.notify_one();  // with the lock held, because the task may lead to the pool's destruction
  return true;
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::run() {
  const GaugeIncrement thread(metrics_.threads);
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    metrics_.queue.add(-1);
    lock.unlock();
    {
      const GaugeIncrement counted(metrics_.busy);
      task();
      task = nullptr;
    }
    lock.lock();
  }
}

}  // namespace util
