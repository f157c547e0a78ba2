// A relay between a test and the unix socket of an engine. It makes the engine's clock seem to be ahead or behind, by
// shifting every time in the engine's responses, in heads and bodies: HTTP dates, RFC 3339 times, and nanoseconds since
// 1970. The shifted times have the same length. It works on threads of its own.
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
