#include "executor/ports.h"

#include <algorithm>
#include <utility>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <poll.h>
#include <unistd.h>

namespace executor {
namespace {

constexpr std::chrono::milliseconds shortest_pause{100};
constexpr std::chrono::milliseconds longest_pause{2000};
constexpr std::chrono::milliseconds pause_while_up{10'000};
constexpr std::chrono::milliseconds stays_open{200};

void replace(std::string& text, std::string_view mark, const std::string& value) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
    text.replace(at, mark.size(), value);
  }
}

std::string in_url(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

/// Owns a socket and closes it.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// Begins a non-blocking connect; null if it failed at once.
std::shared_ptr<Socket> begin_connect(const std::string& host, std::uint16_t port) {
  sockaddr_storage storage{};
  socklen_t length = 0;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    length = sizeof(*v4);
  } else if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    length = sizeof(*v6);
  } else {
    return nullptr;
  }
  auto socket = std::make_shared<Socket>(::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket->descriptor() < 0) return nullptr;
  const int connected = ::connect(socket->descriptor(), reinterpret_cast<sockaddr*>(&storage), length);
  return connected == 0 || errno == EINPROGRESS ? socket : nullptr;
}

/// True if the socket is connected and the other side has not closed the connection.
bool is_open(const Socket& socket) {
  pollfd asked{socket.descriptor(), POLLIN | POLLOUT, 0};
  if (::poll(&asked, 1, 0) != 1 || (asked.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return false;
  if ((asked.revents & POLLIN) == 0) return (asked.revents & POLLOUT) != 0;
  char byte = 0;
  return ::recv(socket.descriptor(), &byte, 1, MSG_PEEK) > 0;
}

}  // namespace

std::string port_href(const std::string& port_url, const task::Port& port, const Endpoint& endpoint) {
  std::string href = port.scheme.empty() ? port.protocol + "://{host}:{port}" : port_url;
  replace(href, "{scheme}", port.scheme);
  replace(href, "{host}", in_url(endpoint.host));
  replace(href, "{port}", std::to_string(endpoint.port));
  replace(href, "{path}", port.path);
  return href;
}

std::optional<std::string> probe_address(const Endpoint& endpoint, const std::string& probe_host, bool engine_is_here) {
  if (!probe_host.empty()) return probe_host;
  if (!engine_is_here) return std::nullopt;
  if (endpoint.host.empty() || endpoint.host == "0.0.0.0") return "127.0.0.1";
  return endpoint.host == "::" ? "::1" : endpoint.host;
}

PortProbe::PortProbe(util::EventLoop& loop, util::Poster poster, net::Client& client, task::Port port,
                     Endpoint endpoint, std::optional<std::string> address, std::function<void(bool)> told)
    : loop_(loop),
      poster_(std::move(poster)),
      client_(client),
      port_(std::move(port)),
      endpoint_(std::move(endpoint)),
      address_(std::move(address)),
      told_(std::move(told)) {}

PortProbe::~PortProbe() { call_.cancel(); }

void PortProbe::ask() {
  if (!is_asked()) return on_answer(true);
  if (port_.scheme == "http") return ask_http();
  ask_tcp();  // also for https, because this service has no way to judge the certificate
}

void PortProbe::ask_http() {
  net::Call call;
  call.url =
      "http://" + in_url(*address_) + ":" + std::to_string(endpoint_.port) + (port_.path.empty() ? "/" : port_.path);
  call.timeout = std::chrono::seconds{10};
  call.on_data = [](std::string_view) { return false; };  // the body is not needed
  const auto head_seen = std::make_shared<bool>(false);
  call.on_head = [head_seen](const net::Response&) { *head_seen = true; };
  call_ = client_.start(std::move(call), [weak = weak_from_this(), poster = poster_,
                                          head_seen](const util::Result<net::Response>& answer) {
    poster([weak, answers = answer.ok() || *head_seen] {
      if (const auto self = weak.lock()) self->on_answer(answers);
    });
  });
}

void PortProbe::ask_tcp() {
  auto socket = begin_connect(*address_, endpoint_.port);
  if (!socket) return on_answer(false);
  loop_.after(stays_open, [weak = weak_from_this(), socket = std::move(socket)] {
    if (const auto self = weak.lock()) self->on_answer(is_open(*socket));
  });
}

void PortProbe::on_answer(bool answers) {
  const bool changed = answers != answers_;
  answers_ = answers;
  if (is_asked()) {
    const auto pause = answers ? pause_while_up : pause_;
    pause_ = answers ? shortest_pause : std::min(2 * pause_, longest_pause);
    loop_.after(pause, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->ask();
    });
  }
  if (changed) told_(answers);
}

}  // namespace executor
