#include "fakes/fake_container.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <poll.h>
#include <unistd.h>

namespace executor::testing {
namespace {

using Clock = std::chrono::steady_clock;
using Words = std::vector<std::string>;

class Actor {
 public:
  Actor(FakeContainer& container, Monitor& monitor, std::unique_lock<std::mutex>& lock)
      : container_(container), monitor_(monitor), lock_(lock) {}

  RunEnd run(const Words& argv) {
    container_.files.emplace("/work/tool", "tool");  // a file of the image
    auto begin = argv.begin();
    while (begin != argv.end() && !end_) {
      const auto end = std::find(begin, argv.end(), "then");
      if (begin != end) act(Words(begin, end));
      begin = end == argv.end() ? end : end + 1;
      if (!end_) check_signals();
    }
    RunEnd ended = end_.value_or(RunEnd{EndCause::exited, 0, MemoryEvidence::none, {}, {}, {}});
    return ended;
  }

 private:
  void end(int code, MemoryEvidence memory = MemoryEvidence::none) {
    if (!end_) end_ = RunEnd{EndCause::exited, code, memory, {}, {}, {}};
  }

  void check_signals() {
    if (container_.released || (container_.kill_at && Clock::now() >= *container_.kill_at)) return end(137);
    if (!container_.term || stubborn_) return;
    end(polite_ ? 42 : 143);
  }

  /// Waits until that time, or until a signal ends the container.
  void wait_until(Clock::time_point until) {
    check_signals();
    while (!end_ && Clock::now() < until) {
      const auto wake = container_.kill_at && stubborn_ ? std::min(until, *container_.kill_at) : until;
      monitor_.changed.wait_until(lock_, wake);
      check_signals();
    }
  }

  std::string absolute(const std::string& path) const {
    return path.starts_with('/') ? path : container_.spec.workdir + "/" + path;
  }

  void say(std::string& stream, const std::string& text) {
    stream += text;
    monitor_.changed.notify_all();
  }

  void fail(const std::string& text) {
    say(container_.err, text + "\n");
    end(1);
  }

  void act(const Words& words) {
    const std::string& verb = words[0];
    const auto word = [&](std::size_t index) { return index < words.size() ? words[index] : std::string(); };
    if (verb == "print") return say(container_.out, word(1) + "\n");
    if (verb == "print-error") return say(container_.err, word(1) + "\n");
    if (verb == "exit") return end(std::stoi(word(1)));
    if (verb == "sleep") {
      return wait_until(Clock::now() + std::chrono::milliseconds(static_cast<int>(std::stod(word(1)) * 1000)));
    }
    if (verb == "polite") return void(polite_ = true);
    if (verb == "stubborn") return void(stubborn_ = true);
    if (verb == "eat-memory") return eat(std::stoll(word(1)) << 20);
    if (verb == "copy") return copy(absolute(word(1)), absolute(word(2)));
    if (verb == "write") return write(absolute(word(1)), word(2));
    if (verb == "link") return void(container_.links[absolute(word(2))] = absolute(word(1)));
    if (verb == "noise") return noise(std::stoull(word(1)));
    if (verb == "fill") return say(container_.out, std::string(std::stoull(word(1)), 'x') + "\n");
    if (verb == "who") return say(container_.out, "known\n");
    if (verb == "myself") return say(container_.out, "found\n");
    if (verb == "shared-memory") {
      return say(container_.out, std::to_string(container_.spec.limits.memory_bytes) + "\n");
    }
    if (verb == "env") return environment(word(1));
    if (verb == "argv") return arguments(words);
    if (verb == "pwd") {
      const std::string& workdir = container_.spec.workdir;
      return say(container_.out, (workdir.empty() ? "/tmp" : workdir) + "\n");  // /tmp is the image's WORKDIR
    }
    if (verb == "mode") return mode(absolute(word(1)));
    if (verb == "owner") {
      return file_at(container_, absolute(word(1))) != nullptr ? say(container_.out, "1000:1000\n")
                                                               : fail("no such file");
    }
    if (verb == "serve") return serve(static_cast<std::uint16_t>(std::stoi(word(1))), word(2));
    if (verb == "signal") {
      const int number = std::stoi(word(1));
      return end(128 + number, number == 9 ? MemoryEvidence::probable : MemoryEvidence::none);
    }
    fail("unknown verb " + verb);
  }

  void eat(std::int64_t bytes) {
    if (bytes > container_.spec.limits.memory_bytes) end(137, MemoryEvidence::out_of_memory);
  }

  void mode(const std::string& path) {
    const auto found = container_.modes.find(path);
    if (found == container_.modes.end()) return fail(path + ": no such file");
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%o\n", found->second);
    say(container_.out, text.data());
  }

  void copy(const std::string& from, const std::string& to) {
    const std::string* bytes = file_at(container_, from);
    if (bytes == nullptr) return fail(from + ": no such file");
    write(to, std::string(*bytes));
  }

  void write(const std::string& path, std::string bytes) {
    container_.files[path] = std::move(bytes);
    container_.written.insert(path);
  }

  void noise(std::uint64_t bytes) {
    std::string text(bytes, '\0');
    for (std::uint64_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i % 256);
    say(container_.out, text);
  }

  void environment(const std::string& name) {
    for (const auto& [known, value] : container_.spec.env) {
      if (known == name) return say(container_.out, value + "\n");
    }
    fail(name + " is not set");
  }

  void arguments(const Words& words) {
    std::string text;
    for (std::size_t i = 1; i < words.size(); ++i) text += std::to_string(words[i].size()) + " " + words[i] + "\n";
    say(container_.out, text);
  }

  void serve(std::uint16_t port, const std::string& text) {
    const auto found = std::find_if(container_.ports.begin(), container_.ports.end(),
                                    [&](const FakePort& other) { return other.endpoint.container_port == port; });
    if (found == container_.ports.end()) return wait_until(Clock::now() + std::chrono::hours{1});
    const int listener = found->socket;
    ::listen(listener, 16);
    const std::string reply =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(text.size()) + "\r\nConnection: close\r\n\r\n" + text;
    while (!end_) {
      lock_.unlock();
      serve_one(listener, reply);
      lock_.lock();
      check_signals();
    }
  }

  static void serve_one(int listener, const std::string& reply) {
    pollfd asked{listener, POLLIN, 0};
    if (::poll(&asked, 1, 20) != 1) return;
    const int peer = ::accept(listener, nullptr, nullptr);
    if (peer < 0) return;
    char buffer[4096];
    pollfd readable{peer, POLLIN, 0};
    if (::poll(&readable, 1, 1000) == 1 && ::recv(peer, buffer, sizeof buffer, 0) > 0) {
      (void)::send(peer, reply.data(), reply.size(), MSG_NOSIGNAL);
    }
    ::close(peer);
  }

  FakeContainer& container_;
  Monitor& monitor_;
  std::unique_lock<std::mutex>& lock_;
  bool polite_ = false;
  bool stubborn_ = false;
  std::optional<RunEnd> end_;
};

}  // namespace

FakeContainer::~FakeContainer() {
  for (const FakePort& port : ports) ::close(port.socket);
}

const std::string* file_at(const FakeContainer& container, const std::string& path) {
  std::string at = path;
  for (int hops = 0; hops < 8; ++hops) {
    if (const auto file = container.files.find(at); file != container.files.end()) return &file->second;
    const auto link = container.links.find(at);
    if (link == container.links.end()) return nullptr;
    at = link->second;
  }
  return nullptr;
}

RunEnd act(FakeContainer& container, Monitor& monitor, std::unique_lock<std::mutex>& lock,
           std::vector<std::string> argv) {
  return Actor(container, monitor, lock).run(argv);
}

}  // namespace executor::testing
