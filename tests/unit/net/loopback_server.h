// An HTTP/1.1 server for the tests of net, on 127.0.0.x, ::1 or a unix socket, with one thread per connection. It sends
// the raw text that the test gives, so a response may be malformed in any way.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace net::testing {

struct Request {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // without the framing of chunks
};

/// The connection to the client. Handlers send their responses through it.
class Peer {
 public:
  explicit Peer(int socket) : socket_(socket) {}
  /// False if the client has closed the connection.
  bool send(std::string_view bytes) const;
  /// Waits until the client or the server closes the connection.
  void wait_for_close() const;

 private:
  int socket_;
};

/// Answers one request, on the connection's thread. If it returns false, the connection is closed.
using Handler = std::function<bool(const Request&, const Peer&)>;

class LoopbackServer {
 public:
  explicit LoopbackServer(Handler handler, const std::string& address = "127.0.0.1");
  static std::unique_ptr<LoopbackServer> on_unix_socket(const std::string& path, Handler handler);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  int port() const { return port_; }
  std::string url(std::string_view path, std::string_view host = "127.0.0.1") const;
  int connections() const { return connections_; }
  std::vector<Request> requests() const;

 private:
  LoopbackServer(Handler handler, int listener);
  void accept_all();
  void serve(int socket);

  Handler handler_;
  int listener_;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::vector<Request> requests_;
  std::thread acceptor_;
};

/// The text of a response with Content-Length. `status` follows "HTTP/1.1 ".
std::string answer(std::string_view body, std::string_view status = "200 OK", std::string_view more_headers = "");

/// A handler that answers every request with this response.
Handler always(std::string response);

}  // namespace net::testing
