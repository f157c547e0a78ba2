#include "util/event_loop.h"

#include <algorithm>
#include <utility>

#include <pthread.h>

namespace util {

EventLoop::EventLoop(const std::string& name) : thread_([this] { run(); }), thread_id_(thread_.get_id()) {
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

EventLoop::~EventLoop() { stop(); }

// post() and after() notify with the lock held: the task may lead to the destruction of the loop, and wake_ must not be
// in use then.
void EventLoop::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  tasks_.push_back(std::move(task));
  wake_.notify_one();
}

EventLoop::TimerId EventLoop::after(Clock::duration delay, Task task) {
  constexpr Clock::duration longest = std::chrono::hours(24 * 3650);  // so that the sum does not overflow the clock
  const auto due = Clock::now() + std::min(delay, longest);
  const std::lock_guard lock(mutex_);
  const TimerId id = ++last_timer_;
  if (stopping_) return id;
  timer_by_id_[id] = timers_.emplace(due, std::pair{id, std::move(task)});
  wake_.notify_one();
  return id;
}

bool EventLoop::cancel(TimerId timer) {
  Task dropped;  // destroyed after the lock is released: destructors of what the task owns may post
  const std::lock_guard lock(mutex_);
  const auto found = timer_by_id_.find(timer);
  if (found == timer_by_id_.end()) return false;
  dropped = std::move(found->second->second.second);
  timers_.erase(found->second);
  timer_by_id_.erase(found);
  return true;
}

void EventLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  std::deque<Task> tasks;
  Due timers;
  const std::lock_guard lock(mutex_);
  tasks.swap(tasks_);
  timers.swap(timers_);
  timer_by_id_.clear();
}

/// The next task to run; null when none is due. The caller holds the lock.
Task EventLoop::next() {
  Task task;
  const bool timer_due = !timers_.empty() && timers_.begin()->first <= Clock::now();
  if (timer_due && (tasks_.empty() || !timer_ran_last_)) {
    task = std::move(timers_.begin()->second.second);
    timer_by_id_.erase(timers_.begin()->second.first);
    timers_.erase(timers_.begin());
    timer_ran_last_ = true;
  } else if (!tasks_.empty()) {
    task = std::move(tasks_.front());
    tasks_.pop_front();
    timer_ran_last_ = false;
  }
  return task;
}

void EventLoop::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (Task task = next()) {
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    } else if (timers_.empty()) {
      wake_.wait(lock);
    } else {
      const Clock::time_point due = timers_.begin()->first;  // a copy: the timer may be cancelled meanwhile
      wake_.wait_for(lock, due - Clock::now());
    }
  }
}

}  // namespace util
