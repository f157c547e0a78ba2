#include "scripted_engine.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <unistd.h>

#include "util/text.h"

namespace docker::testing {
namespace {

void write_all(int peer, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string hex(std::size_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "%zx", number);
  return text;
}

/// The next request on a connection; nullopt if the connection has ended.
std::optional<Asked> read_request(int peer, std::string& buffer) {
  const auto more = [&] {
    std::array<char, 65536> bytes{};
    const auto got = ::recv(peer, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    buffer.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
  };
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return std::nullopt;
  }
  Asked asked;
  const auto head = buffer.substr(0, end);
  buffer.erase(0, end + 4);
  const auto lines = util::split(head, '\n');
  const auto words = util::split(util::trim(lines.front()), ' ');
  asked.method = words.at(0);
  std::string target(words.at(1));
  if (const auto question = target.find('?'); question != std::string::npos) {
    asked.query = target.substr(question + 1);
    target.resize(question);
  }
  if (target.starts_with("/v1.")) target.erase(0, target.find('/', 1));
  asked.path = target;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto line = util::trim(lines[i]);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    asked.headers[util::to_lower(line.substr(0, colon))] = util::trim(line.substr(colon + 1));
  }
  const auto length = util::parse_unsigned(asked.headers["content-length"]).value_or(0);
  while (buffer.size() < length) {
    if (!more()) return std::nullopt;
  }
  asked.body = buffer.substr(0, length);
  buffer.erase(0, length);
  return asked;
}

std::string reason_head(const Reply& reply) {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
  for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
  return head;
}

}  // namespace

void Stream::send(std::string_view bytes) {
  if (!bytes.empty()) write_all(peer_, hex(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n");
}

void Stream::send_raw(std::string_view bytes) { write_all(peer_, bytes); }

void Stream::wait_for_end() {
  char byte = 0;
  while (::recv(peer_, &byte, 1, 0) > 0) {
  }
}

ScriptedEngine::ScriptedEngine() {
  std::string pattern = "/tmp/scripted-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  path_ = folder_ + "/engine.sock";
  on("GET /_ping", Reply{200, "OK", {{"Api-Version", "1.41"}}, {}, false, false});
  on("GET /version",
     Reply{200, R"({"Version":"20.10.24","ApiVersion":"1.41","Os":"linux","Arch":"amd64"})", {}, {}, false, false});
  on("GET /info", Reply{200,
                        R"({"NCPU":2,"MemTotal":4294967296,"MemoryLimit":true,"CpuCfsQuota":true,"PidsLimit":true,
                    "SwapLimit":true,"Driver":"overlay2","CgroupVersion":"2","SecurityOptions":["name=seccomp,profile=default"]})",
                        {},
                        {},
                        false,
                        false});
  open();
}

ScriptedEngine::~ScriptedEngine() {
  close();
  for (auto& thread : threads_) thread.join();
  ::rmdir(folder_.c_str());
}

void ScriptedEngine::open() {
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener_, 64) != 0) {
    throw std::runtime_error("cannot listen on " + path_);
  }
  acceptor_ = std::thread([this, listener = listener_] { accept_loop(listener); });
}

void ScriptedEngine::close() {
  if (listener_ < 0) return;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(std::exchange(listener_, -1));
  ::unlink(path_.c_str());
  drop_connections();
}

void ScriptedEngine::drop_connections() {
  const std::lock_guard lock(mutex_);
  for (const int peer : peers_) ::shutdown(peer, SHUT_RDWR);
}

void ScriptedEngine::accept_loop(int listener) {
  for (;;) {
    const int peer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) return;
    const std::lock_guard lock(mutex_);
    peers_.push_back(peer);
    threads_.emplace_back([this, peer] { serve(peer); });
  }
}

void ScriptedEngine::serve(int peer) {
  std::string buffer;
  while (auto asked = read_request(peer, buffer)) {
    const auto reply = answer(*asked);
    if (reply.silent) break;
    auto head = reason_head(reply);
    if (!reply.stream) {
      const bool has_body = reply.status != 204 && reply.status != 304;
      if (has_body) head += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
      write_all(peer, head + "\r\n" + (has_body ? reply.body : ""));
      continue;
    }
    write_all(peer, head + "Transfer-Encoding: chunked\r\n\r\n");
    Stream stream(peer);
    reply.stream(stream);
    if (reply.cut) break;
    stream.send_raw("0\r\n\r\n");
  }
  const std::lock_guard lock(mutex_);
  peers_.erase(std::find(peers_.begin(), peers_.end(), peer));
  ::close(peer);
}

Reply ScriptedEngine::answer(const Asked& asked) {
  const auto what = asked.method + " " + asked.path;
  Handler handler;
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(asked);
    if (const auto exact = handlers_.find(what); exact != handlers_.end()) {
      handler = exact->second;
    } else {
      for (const auto& [pattern, candidate] : handlers_) {
        if (pattern.ends_with('*') && what.starts_with(pattern.substr(0, pattern.size() - 1))) handler = candidate;
      }
    }
  }
  return handler ? handler(asked) : Reply{404, R"({"message":"page not found"})", {}, {}, false, false};
}

void ScriptedEngine::on(const std::string& what, Handler handler) {
  const std::lock_guard lock(mutex_);
  handlers_[what] = std::move(handler);
}

void ScriptedEngine::on(const std::string& what, Reply reply) {
  on(what, [reply = std::move(reply)](const Asked&) { return reply; });
}

std::vector<std::string> ScriptedEngine::calls() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& asked : asked_) {
    if (asked.path == "/_ping" || asked.path == "/version" || asked.path == "/info") continue;
    all.push_back(asked.method + " " + asked.path);
  }
  return all;
}

std::size_t ScriptedEngine::count(std::string_view what) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      asked_.begin(), asked_.end(), [&](const Asked& asked) { return asked.method + " " + asked.path == what; }));
}

Asked ScriptedEngine::last(std::string_view what) const {
  const std::lock_guard lock(mutex_);
  for (auto asked = asked_.rbegin(); asked != asked_.rend(); ++asked) {
    if (asked->method + " " + asked->path == what) return *asked;
  }
  return {};
}

}  // namespace docker::testing
