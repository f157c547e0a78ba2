#include "clock_relay.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <regex>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <unistd.h>

namespace docker::testing {
namespace {

/// Longer than the text of any time that is shifted.
constexpr std::size_t longest_time = 40;

int socket_at(const std::string& path, bool listens) {
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  const bool fine = listens ? ::bind(made, raw, sizeof address) == 0 && ::listen(made, 64) == 0
                            : ::connect(made, raw, sizeof address) == 0;
  if (fine) return made;
  ::close(made);
  return -1;
}

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void shift(std::string& bytes, const std::regex& pattern, const char* format, std::chrono::seconds ahead) {
  for (auto found = std::sregex_iterator(bytes.begin(), bytes.end(), pattern); found != std::sregex_iterator();
       ++found) {
    std::tm parts{};
    if (::strptime(found->str().c_str(), format, &parts) == nullptr) continue;
    const std::time_t time = ::timegm(&parts) + ahead.count();
    std::array<char, longest_time> text{};
    ::gmtime_r(&time, &parts);
    if (::strftime(text.data(), text.size(), format, &parts) != static_cast<std::size_t>(found->length())) continue;
    std::copy_n(text.data(), found->length(), bytes.begin() + found->position());
  }
}

void shift_nanoseconds(std::string& bytes, std::chrono::seconds ahead) {
  static const std::regex pattern(R"re("timeNano":(\d{19}))re");
  for (auto found = std::sregex_iterator(bytes.begin(), bytes.end(), pattern); found != std::sregex_iterator();
       ++found) {
    const auto text = std::to_string(std::stoll((*found)[1].str()) + std::chrono::nanoseconds(ahead).count());
    std::copy(text.begin(), text.end(), bytes.begin() + found->position(1));
  }
}

void shift_times(std::string& bytes, std::chrono::seconds ahead) {
  static const std::regex rfc3339(R"(\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d)");
  static const std::regex http(R"((Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] 20\d\d \d\d:\d\d:\d\d GMT)");
  shift(bytes, rfc3339, "%Y-%m-%dT%H:%M:%S", ahead);
  shift(bytes, http, "%a, %d %b %Y %H:%M:%S GMT", ahead);
  shift_nanoseconds(bytes, ahead);
}

}  // namespace

ClockRelay::ClockRelay(std::string engine, std::chrono::seconds ahead) : engine_(std::move(engine)), ahead_(ahead) {
  std::string pattern = "/tmp/relay-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  path_ = folder_ + "/engine.sock";
  listener_ = socket_at(path_, true);
  if (listener_ < 0) throw std::runtime_error("cannot listen on " + path_);
  acceptor_ = std::thread([this] { accept_all(); });
}

ClockRelay::~ClockRelay() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int peer : open_) ::shutdown(peer, SHUT_RDWR);
  }
  for (auto& thread : threads_) thread.join();
  ::unlink(path_.c_str());
  ::rmdir(folder_.c_str());
}

void ClockRelay::accept_all() {
  for (int client = 0; (client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
    const std::lock_guard lock(mutex_);
    open_.push_back(client);
    threads_.emplace_back([this, client] { pass_on(client); });
  }
}

/// Passes on the requests unchanged, and the responses with shifted times. A time is never cut in two, because an
/// engine writes each JSON document and each head at once.
void ClockRelay::pass_on(int client) {
  const int engine = socket_at(engine_, false);
  std::array<pollfd, 2> both{{{client, POLLIN, 0}, {engine, POLLIN, 0}}};
  std::string buffer(1U << 20U, '\0');
  bool goes_on = engine >= 0;
  while (goes_on && ::poll(both.data(), both.size(), -1) > 0) {
    for (std::size_t side = 0; side < 2 && goes_on; ++side) {
      if (both.at(side).revents == 0) continue;
      const auto got = ::recv(both.at(side).fd, buffer.data(), buffer.size(), 0);
      goes_on = got > 0;
      if (!goes_on) break;
      std::string bytes = buffer.substr(0, static_cast<std::size_t>(got));
      if (side == 1) shift_times(bytes, ahead_);
      goes_on = send_all(both.at(1 - side).fd, bytes);
    }
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, client);
  ::close(client);
  if (engine >= 0) ::close(engine);
}

}  // namespace docker::testing
