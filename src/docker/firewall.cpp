#include "docker/firewall.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include "util/hash.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::size_t longest_name = 15;  // of an interface: IFNAMSIZ less one
constexpr std::size_t longest_complaint = 1000;

/// The process that listens on the socket; 0: unknown, for example because it is in another PID namespace.
pid_t listener_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return 0;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int peer = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  ucred who{};
  socklen_t length = sizeof who;
  const bool is_known = ::connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                        ::getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0;
  ::close(peer);
  return is_known ? who.pid : 0;
}

/// True if the engine is in the network namespace of this process, so that rules set here apply to its bridges.
bool shares_our_network(pid_t process) {
  struct stat ours {};
  struct stat theirs {};
  return process > 0 && ::stat("/proc/self/ns/net", &ours) == 0 &&
         ::stat(("/proc/" + std::to_string(process) + "/ns/net").c_str(), &theirs) == 0 &&
         ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

/// Reads the file to its end, and returns a bounded part of the text.
std::string read_all(int file) {
  std::string text;
  std::array<char, 512> buffer{};
  for (ssize_t got = 0; (got = ::read(file, buffer.data(), buffer.size())) != 0;) {
    if (got < 0 && errno != EINTR) break;
    if (got > 0 && text.size() < longest_complaint) text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

/// Runs the script. Returns its first line of error output; nullopt: it succeeded.
std::optional<std::string> run_script() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::strerror(errno);
  std::string shell = "/bin/sh";
  std::string option = "-c";
  std::string text(firewall_script());
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  const std::array<char*, 4> arguments{shell.data(), option.data(), text.data(), nullptr};
  const std::array<char*, 2> environment{path.data(), nullptr};

  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, ends[1], STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  const int failure = ::posix_spawn(&child, shell.c_str(), &files, &attributes, arguments.data(), environment.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  ::close(ends[1]);
  auto complaint = failure == 0 ? read_all(ends[0]) : std::string(std::strerror(failure));
  ::close(ends[0]);
  if (failure != 0) return complaint;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  return util::for_display(complaint.substr(0, complaint.find('\n')), 200);
}

}  // namespace

std::string bridge_name(std::string_view bridges, std::string_view network) {
  const auto hash = util::to_hex(util::sha256(network));
  return std::string(bridges) + hash.substr(0, longest_name - bridges.size());
}

std::optional<std::string> set_firewall(const std::string& socket) {
  if (!shares_our_network(listener_of(socket))) {
    return "this service does not see the engine's network, as it is in a container or another user's";
  }
  return run_script();
}

}  // namespace docker
