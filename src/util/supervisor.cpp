#include "util/supervisor.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <sys/socket.h>
#include <sys/un.h>

#include <unistd.h>

#include "util/text.h"

namespace util {

bool notify_supervisor(const std::string& state) {
  const char* name = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe): nobody writes the environment
  sockaddr_un address{};
  const std::string_view path = name == nullptr ? "" : name;
  if (path.size() < 2 || path.size() >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';  // '@' means a socket in the abstract namespace
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const ssize_t sent = ::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), length);
  ::close(descriptor);
  return sent == static_cast<ssize_t>(state.size());
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const char* text = std::getenv("WATCHDOG_USEC");    // NOLINT(concurrency-mt-unsafe): as above
  const char* process = std::getenv("WATCHDOG_PID");  // NOLINT(concurrency-mt-unsafe): as above
  if (text == nullptr) return std::nullopt;
  if (process != nullptr && parse_unsigned(process) != static_cast<std::uint64_t>(::getpid())) return std::nullopt;
  const auto interval = parse_unsigned(text);
  if (!interval || *interval == 0) return std::nullopt;
  return std::chrono::microseconds(*interval);
}

}  // namespace util
