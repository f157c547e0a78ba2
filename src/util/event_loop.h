// One thread that runs tasks in the order they were posted, and timers when they are due.
//
// State that only the loop's tasks touch needs no lock. A task must neither block nor throw. Any thread may post tasks
// and set timers; those that come after stop() are dropped. When both timers and tasks are due, the loop runs one of
// each in turn.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "util/async.h"
#include "util/clock.h"

namespace util {

class EventLoop {
 public:
  using TimerId = std::uint64_t;

  /// Starts the thread. `name`: the thread's name in debuggers, at most 15 characters.
  explicit EventLoop(const std::string& name);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void post(Task task);
  TimerId after(Clock::duration delay, Task task);
  /// True: the timer's task will not run. False: the timer's task has run or is running, or the timer does not exist.
  /// When a task on the loop calls this, no other task is running, so the timer's task never runs after the call.
  bool cancel(TimerId timer);

  bool on_this_thread() const { return std::this_thread::get_id() == thread_id_; }

  /// Lets the running task finish, drops all others and joins the thread. Must not be called from the loop's own
  /// thread. The same thread may call it twice.
  void stop();

 private:
  void run();
  Task next();

  using Due = std::multimap<Clock::time_point, std::pair<TimerId, Task>>;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  Due timers_;
  std::unordered_map<TimerId, Due::iterator> timer_by_id_;
  TimerId last_timer_ = 0;
  bool timer_ran_last_ = false;
  bool stopping_ = false;
  std::thread thread_;         // declared after the members that the thread uses
  std::thread::id thread_id_;  // a copy, because thread_ loses its id when it is joined
};

}  // namespace util
