// A published port, asked until it answers, and then now and again: it is a result only while it does (U8).
//
// On the executor's loop, nothing of it blocks. http: any answer at all. https and tcp: a connection that stays open
// for a moment, since an engine's proxy accepts before the container listens. udp, and what cannot be reached from
// here: taken for answering. It is asked where the configuration or the engine says that it is published, never where a
// run says so, and redirects are not followed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "executor/engine.h"
#include "net/client.h"
#include "task/container_task.h"
#include "util/event_loop.h"

namespace executor {

/// The link of a port, from the engine's template.
std::string port_href(const std::string& port_url, const task::Port& port, const Endpoint& endpoint);

/// Where a port is asked from here; nullopt: nowhere, as of an engine on another machine that nobody told the way to:
/// what has the same address here is something else.
std::optional<std::string> probe_address(const Endpoint& endpoint, const std::string& probe_host, bool engine_is_here);

class PortProbe : public std::enable_shared_from_this<PortProbe> {
 public:
  /// `address`: see probe_address(). `told` is called on the loop, at every change.
  PortProbe(util::EventLoop& loop, Poster poster, net::Client& client, task::Port port, Endpoint endpoint,
            std::optional<std::string> address, std::function<void(bool answers)> told);
  ~PortProbe();
  PortProbe(const PortProbe&) = delete;
  PortProbe& operator=(const PortProbe&) = delete;

  void start() { ask(); }
  bool answers() const { return answers_; }
  const task::Port& port() const { return port_; }
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  bool is_asked() const { return address_ && port_.protocol != "udp"; }
  void ask();
  void ask_http();
  void ask_tcp();
  void on_answer(bool answers);

  util::EventLoop& loop_;
  Poster poster_;
  net::Client& client_;
  const task::Port port_;
  const Endpoint endpoint_;
  const std::optional<std::string> address_;
  std::function<void(bool)> told_;
  net::Handle call_;
  std::chrono::milliseconds pause_{100};
  bool answers_ = false;
};

}  // namespace executor
