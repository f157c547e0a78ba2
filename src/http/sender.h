// A thread that continues answers which could not be written at once: it waits until sockets can take bytes, and reads
// large and live bodies. Owned by the server.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "util/async.h"

namespace http {

class Sender {
 public:
  Sender();
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /// Any thread. Tasks run in the order they were posted.
  void post(util::Task task);

  /// Runs the task once, when the socket can take bytes. `id`: of the connection; must never be reused.
  void when_writable(int descriptor, std::uint64_t id, util::Task task);
  /// A task of when_writable() that is still waiting will not run. Must be called before the descriptor is closed.
  void forget(std::uint64_t id);

  void stop();

 private:
  void run();
  void take_event(std::uint64_t id);

  int epoll_ = -1;
  int wake_ = -1;
  std::mutex mutex_;
  std::deque<util::Task> tasks_;
  std::unordered_map<std::uint64_t, util::Task> waiting_;
  bool stopping_ = false;
  std::thread thread_;  // last, because the thread uses all members above
};

}  // namespace http
