// An HTTP server on a unix socket that answers like an engine, as a test prescribes. It is for behaviour that a real
// engine does not show on demand. Its handlers run on one thread per connection.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace docker::testing {

struct Asked {
  std::string method;
  std::string path;  // without the API version
  std::string query;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

/// The connection of a streamed response. It is used on the connection's own thread.
class Stream {
 public:
  explicit Stream(int peer) : peer_(peer) {}
  void send(std::string_view bytes);
  void send_raw(std::string_view bytes);
  /// Waits until the client closes the connection, or until this server closes it.
  void wait_for_end();

 private:
  int peer_;
};

struct Reply {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::function<void(Stream&)> stream;  // sends a chunked body, in place of `body`
  bool cut = false;                     // close the connection before the end of the stream
  bool silent = false;                  // close the connection without a response
};

class ScriptedEngine {
 public:
  using Handler = std::function<Reply(const Asked&)>;

  ScriptedEngine();
  ~ScriptedEngine();
  ScriptedEngine(const ScriptedEngine&) = delete;
  ScriptedEngine& operator=(const ScriptedEngine&) = delete;

  const std::string& socket() const { return path_; }
  /// Sets how requests are answered. `what`: method and path, such as "POST /containers/create". A path that ends in *
  /// means every path that begins so. Requests without a handler are answered with 404.
  void on(const std::string& what, Handler handler);
  void on(const std::string& what, Reply reply);
  /// The requests so far, in order, without those for _ping, version and info.
  std::vector<std::string> calls() const;
  std::size_t count(std::string_view what) const;
  Asked last(std::string_view what) const;
  /// Closes every connection, as a restart of the engine does. New connections are accepted.
  void drop_connections();
  /// Stops listening, until open().
  void close();
  void open();

 private:
  void accept_loop(int listener);
  void serve(int peer);
  Reply answer(const Asked& asked);

  std::string folder_;
  std::string path_;
  mutable std::mutex mutex_;
  std::map<std::string, Handler> handlers_;
  std::vector<Asked> asked_;
  std::vector<int> peers_;
  int listener_ = -1;
  std::thread acceptor_;
  std::vector<std::thread> threads_;
};

}  // namespace docker::testing
