// An engine's socket that answers as a test says: for what a real engine does not show on demand.
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
  std::string path;  // without the version
  std::string query;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

/// A streamed answer, on the connection's own thread.
class Stream {
 public:
  explicit Stream(int peer) : peer_(peer) {}
  void send(std::string_view bytes);
  void send_raw(std::string_view bytes);
  /// Until the other side has gone, or the engine closes.
  void wait_for_end();

 private:
  int peer_;
};

struct Reply {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::function<void(Stream&)> stream;  // chunked, in place of the body
  bool cut = false;                     // the connection closes before the stream's end
  bool silent = false;                  // closes without a word
};

class ScriptedEngine {
 public:
  using Handler = std::function<Reply(const Asked&)>;

  ScriptedEngine();
  ~ScriptedEngine();
  ScriptedEngine(const ScriptedEngine&) = delete;
  ScriptedEngine& operator=(const ScriptedEngine&) = delete;

  const std::string& socket() const { return path_; }
  /// "POST /containers/create"; a path that ends in * stands for all that begin so. What has no handler is 404.
  void on(const std::string& what, Handler handler);
  void on(const std::string& what, Reply reply);
  /// What was asked, in order, but for _ping, version and info.
  std::vector<std::string> calls() const;
  std::size_t count(std::string_view what) const;
  Asked last(std::string_view what) const;
  /// Ends every connection, as an engine's end does; new ones are taken.
  void drop_connections();
  /// Nobody listens any more, until it is opened again.
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
