// Between a test and an engine's unix socket: the engine's clock seems to be ahead, or behind. Every time in an answer
// is shifted, in heads and bodies alike: HTTP's dates, RFC 3339's, and nanoseconds since 1970. They keep their lengths.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace docker::testing {

class ClockRelay {
 public:
  ClockRelay(std::string engine, std::chrono::seconds ahead);
  ~ClockRelay();
  ClockRelay(const ClockRelay&) = delete;
  ClockRelay& operator=(const ClockRelay&) = delete;

  const std::string& socket() const { return path_; }

 private:
  void accept_all();
  void pass_on(int client);

  const std::string engine_;
  const std::chrono::seconds ahead_;
  std::string folder_;
  std::string path_;
  int listener_ = -1;
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace docker::testing
