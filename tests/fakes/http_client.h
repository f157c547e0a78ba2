// A small blocking HTTP client for tests. It uses a raw socket on the loopback interface, and corrects nothing, so that
// it cannot hide a bug of the server.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <poll.h>
#include <unistd.h>

#include "http/message.h"
#include "util/text.h"

namespace fakes {

struct TestResponse {
  int status = 0;
  http::Headers headers;
  std::string body;

  std::string header(std::string_view name) const { return std::string(headers.get(name).value_or("")); }
};

class TestClient {
 public:
  explicit TestClient(std::uint16_t port, int receive_buffer_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int one = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (receive_buffer_bytes > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(socket_);
      throw std::runtime_error("cannot connect");
    }
  }
  ~TestClient() { close(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  TestResponse request(std::string_view method, std::string_view target,
                       const std::vector<std::pair<std::string, std::string>>& headers = {},
                       std::string_view body = {}) {
    std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
    bool has_host = false;
    for (const auto& [name, value] : headers) {
      has_host = has_host || util::iequals(name, "Host");
      text += name + ": " + value + "\r\n";
    }
    if (!has_host) text += "Host: test\r\n";
    if (!body.empty() || method == "POST" || method == "PUT") {
      text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    text += "\r\n";
    text += body;
    send(text);
    return receive(method == "HEAD");
  }

  TestResponse get(std::string_view target) { return request("GET", target); }
  TestResponse post_form(std::string_view target, std::string_view form) {
    return request("POST", target, {{"Content-Type", "application/x-www-form-urlencoded"}}, form);
  }

  /// False if the server has closed the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void half_close() { ::shutdown(socket_, SHUT_WR); }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  /// The next response, which may also be a 100 Continue. Its status is 0 if the connection ended, or if nothing came
  /// within ten seconds. `to_head`: it is the response to a HEAD request, which has no body.
  TestResponse receive(bool to_head = false) {
    TestResponse response;
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!read_more()) return response;
    }
    const auto end = buffer_.find("\r\n\r\n");
    parse_head(std::string_view(buffer_).substr(0, end), response);
    buffer_.erase(0, end + 4);
    if (to_head || response.status < 200 || response.status == 204 || response.status == 304) return response;
    if (response.header("Transfer-Encoding") == "chunked") {
      receive_chunks(response);
    } else if (const auto length = util::parse_unsigned(response.header("Content-Length"))) {
      while (buffer_.size() < *length && read_more()) {
      }
      response.body = buffer_.substr(0, *length);
      buffer_.erase(0, *length);
    } else {
      response.body = receive_rest();
    }
    return response;
  }

  /// All bytes until the server closes the connection.
  std::string receive_rest() {
    while (read_more()) {
    }
    return std::exchange(buffer_, {});
  }

  /// The bytes before the next `mark`; the mark itself is dropped. Empty if the connection ended, or if nothing came
  /// within ten seconds.
  std::string read_until(std::string_view mark) {
    while (buffer_.find(mark) == std::string::npos) {
      if (!read_more()) return {};
    }
    const std::string text = buffer_.substr(0, buffer_.find(mark));
    buffer_.erase(0, text.size() + mark.size());
    return text;
  }

  /// At least one more byte, as received; empty at the end of the connection.
  std::string receive_some() {
    if (buffer_.empty()) read_more();
    return std::exchange(buffer_, {});
  }

  /// True if the server closes the connection within that time. Anything that it sends before is ignored.
  bool closed_by_server(std::chrono::milliseconds longest = std::chrono::seconds(10)) {
    const auto until = std::chrono::steady_clock::now() + longest;
    while (read_more(until)) {
    }
    return ended_;
  }
  /// True if, within that time, bytes can be read or the connection ends.
  bool readable(std::chrono::milliseconds longest) {
    pollfd wait{socket_, POLLIN, 0};
    return !buffer_.empty() || ::poll(&wait, 1, static_cast<int>(longest.count())) > 0;
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool read_more(Clock::time_point until = Clock::now() + std::chrono::seconds(10)) {
    pollfd wait{socket_, POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (ended_ || left.count() < 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0) return false;
    const ssize_t got = ::recv(socket_, piece_.data(), piece_.size(), 0);
    if (got <= 0) {
      ended_ = true;
      return false;
    }
    buffer_.append(piece_, 0, static_cast<std::size_t>(got));
    return true;
  }

  static void parse_head(std::string_view head, TestResponse& response) {
    bool first = true;
    while (!head.empty()) {
      const auto end = head.find("\r\n");
      const std::string_view line = head.substr(0, end);
      head = end == std::string_view::npos ? std::string_view() : head.substr(end + 2);
      const auto colon = line.find(':');
      if (first) {
        response.status = static_cast<int>(util::parse_unsigned(line.substr(9, 3)).value_or(0));
      } else if (colon != std::string_view::npos) {
        response.headers.add(std::string(line.substr(0, colon)), std::string(util::trim(line.substr(colon + 1))));
      }
      first = false;
    }
  }

  void receive_chunks(TestResponse& response) {
    while (true) {
      std::size_t line_end = buffer_.find("\r\n");
      while (line_end == std::string::npos) {
        if (!read_more()) return;
        line_end = buffer_.find("\r\n");
      }
      const std::size_t size = std::stoul(buffer_.substr(0, line_end), nullptr, 16);
      while (buffer_.size() < line_end + 2 + size + 2) {
        if (!read_more()) return;
      }
      response.body += buffer_.substr(line_end + 2, size);
      buffer_.erase(0, line_end + 2 + size + 2);
      if (size == 0) return;
    }
  }

  int socket_;
  std::string piece_ = std::string(64U << 10U, '\0');
  std::string buffer_;
  bool ended_ = false;
};

}  // namespace fakes
