// A published port, asked until it answers, and then now and again: it is a result only while it does (U8).
//
// On the executor's loop, nothing of it blocks. http: any answer at all. https and tcp: a connection that stays open
// for a moment, since an engine's proxy accepts before the container listens. udp: taken for answering.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "executor/engine.h"
#include "net/client.h"
#include "task/container_task.h"
#include "util/event_loop.h"

namespace executor {

/// The link of a port, from the engine's template.
std::string port_href(const std::string& port_url, const task::Port& port, const Endpoint& endpoint);

class PortProbe : public std::enable_shared_from_this<PortProbe> {
 public:
  /// `told` is called on the loop, at every change.
  PortProbe(util::EventLoop& loop, Poster poster, net::Client& client, task::Port port, Endpoint endpoint,
            std::function<void(bool answers)> told);
  ~PortProbe();
  PortProbe(const PortProbe&) = delete;
  PortProbe& operator=(const PortProbe&) = delete;

  void start() { ask(); }
  bool answers() const { return answers_; }
  const task::Port& port() const { return port_; }
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  void ask();
  void ask_http();
  void ask_tcp();
  void on_answer(bool answers);
  std::string address() const;

  util::EventLoop& loop_;
  Poster poster_;
  net::Client& client_;
  const task::Port port_;
  const Endpoint endpoint_;
  std::function<void(bool)> told_;
  net::Handle call_;
  std::chrono::milliseconds pause_{100};
  bool answers_ = false;
};

}  // namespace executor
