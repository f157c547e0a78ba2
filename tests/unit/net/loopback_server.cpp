#include "unit/net/loopback_server.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <unistd.h>

#include "util/text.h"

namespace net::testing {
namespace {

template <typename Address>
int listen_on(const Address& address) {
  const int listener = socket(reinterpret_cast<const sockaddr*>(&address)->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listener, 64) != 0) {
    throw std::runtime_error(std::string("cannot listen: ") + std::strerror(errno));
  }
  return listener;
}

int listen_on_ip(const std::string& text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) return listen_on(v4);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr);
  return listen_on(v6);
}

int listen_on_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return listen_on(address);
}

/// Reads requests from one connection.
class Reader {
 public:
  explicit Reader(int socket) : socket_(socket) {}

  std::optional<std::string> line() {
    while (true) {
      const auto end = buffer_.find("\r\n");
      if (end != std::string::npos) {
        std::string taken = buffer_.substr(0, end);
        buffer_.erase(0, end + 2);
        return taken;
      }
      if (!more()) return std::nullopt;
    }
  }

  std::optional<std::string> bytes(std::size_t count) {
    while (buffer_.size() < count) {
      if (!more()) return std::nullopt;
    }
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
  }

 private:
  bool more() {
    std::array<char, 65536> chunk{};
    const ssize_t got = recv(socket_, chunk.data(), chunk.size(), 0);
    if (got <= 0) return false;
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  std::string buffer_;
};

std::optional<std::string> read_body(Reader& reader, const Request& request) {
  if (const auto length = request.headers.find("content-length"); length != request.headers.end()) {
    return reader.bytes(std::strtoul(length->second.c_str(), nullptr, 10));
  }
  std::string body;
  if (request.headers.count("transfer-encoding") == 0) return body;
  while (true) {
    const auto size_line = reader.line();
    if (!size_line) return std::nullopt;
    const auto size = std::strtoul(size_line->c_str(), nullptr, 16);
    const auto chunk = reader.bytes(size);
    if (!chunk || !reader.line()) return std::nullopt;
    if (size == 0) return body;
    body += *chunk;
  }
}

std::optional<Request> read_request(Reader& reader) {
  const auto first = reader.line();
  if (!first) return std::nullopt;
  const auto words = util::split(*first, ' ');
  Request request;
  request.method = words.at(0);
  request.target = words.at(1);
  while (true) {
    const auto line = reader.line();
    if (!line) return std::nullopt;
    if (line->empty()) break;
    const auto colon = line->find(':');
    request.headers[util::to_lower(line->substr(0, colon))] = util::trim(line->substr(colon + 1));
  }
  auto body = read_body(reader, request);
  if (!body) return std::nullopt;
  request.body = *std::move(body);
  return request;
}

}  // namespace

bool Peer::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Peer::wait_for_close() const {
  std::array<char, 4096> ignored{};
  while (recv(socket_, ignored.data(), ignored.size(), 0) > 0) {
  }
}

LoopbackServer::LoopbackServer(Handler handler, const std::string& address)
    : LoopbackServer(std::move(handler), listen_on_ip(address)) {}

std::unique_ptr<LoopbackServer> LoopbackServer::on_unix_socket(const std::string& path, Handler handler) {
  return std::unique_ptr<LoopbackServer>(new LoopbackServer(std::move(handler), listen_on_path(path)));
}

LoopbackServer::LoopbackServer(Handler handler, int listener) : handler_(std::move(handler)), listener_(listener) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size);
  if (bound.ss_family == AF_INET) port_ = ntohs(reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
  if (bound.ss_family == AF_INET6) port_ = ntohs(reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

LoopbackServer::~LoopbackServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
  for (const int socket : sockets_) close(socket);
  close(listener_);
}

std::string LoopbackServer::url(std::string_view path, std::string_view host) const {
  return "http://" + std::string(host) + ":" + std::to_string(port_) + std::string(path);
}

std::vector<Request> LoopbackServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void LoopbackServer::accept_all() {
  while (true) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    if (stopping_) return;
    ++connections_;
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void LoopbackServer::serve(int socket) {
  Reader reader(socket);
  while (auto request = read_request(reader)) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(*request);
    }
    if (!handler_(*request, Peer(socket))) break;
  }
  shutdown(socket, SHUT_RDWR);
}

std::string answer(std::string_view body, std::string_view status, std::string_view more_headers) {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more_headers) + "\r\n" + std::string(body);
}

Handler always(std::string response) {
  return [response = std::move(response)](const Request&, const Peer& peer) { return peer.send(response); };
}

}  // namespace net::testing
