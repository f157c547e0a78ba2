// One thread that runs tasks in the order they were posted, and timers when they are due.
//
// State that only the loop's tasks touch needs no lock. A task must neither block nor throw. Any thread may post; what
// is posted after stop() is dropped. Where timers and tasks are both due they take turns.
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

namespace util {

class EventLoop {
 public:
  using Task = std::function<void()>;
  using Clock = std::chrono::steady_clock;
  using TimerId = std::uint64_t;

  /// Starts the thread; `name` (at most 15 characters) is what debuggers show.
  explicit EventLoop(const std::string& name);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void post(Task task);
  TimerId after(Clock::duration delay, Task task);
  /// True when the timer will not run any more; false when it has run, is running, or never was. Called on the loop, it
  /// leaves no doubt: after it the timer does not run.
  bool cancel(TimerId timer);

  bool on_this_thread() const { return std::this_thread::get_id() == thread_id_; }

  /// Finishes the task in hand, drops the rest, joins. Not from the loop itself. May be called twice, by one thread.
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
  std::thread thread_;         // it uses all of the above
  std::thread::id thread_id_;  // stays when the thread has been joined
};

}  // namespace util
