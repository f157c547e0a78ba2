// Probes a published port until it answers, and at longer intervals afterwards. The port is a result of the job only
// while it answers (U8).
//
// An http port answers if any HTTP response comes. An https or tcp port answers if a connection stays open for a
// moment; a mere connect is not enough, because an engine's proxy accepts connections before the container listens. A
// udp port, and a port that cannot be reached from this machine, counts as answering. The address comes from the
// configuration or the engine, never from the run, and redirects are not followed. Everything runs on the executor's
// loop and does not block. Owned by the run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "executor/engine.h"
#include "net/client.h"
#include "task/container_task.h"
#include "util/async.h"
#include "util/event_loop.h"

namespace executor {

/// The URL of a port, from the template `port_url` of the engine.
std::string port_href(const std::string& port_url, const task::Port& port, const Endpoint& endpoint);

/// The address at which a port is probed. nullopt: the port is not probed, because the engine is on another machine and
/// no `probe_host` is configured; the published address would reach something else on this machine.
std::optional<std::string> probe_address(const Endpoint& endpoint, const std::string& probe_host, bool engine_is_here);

class PortProbe : public std::enable_shared_from_this<PortProbe> {
 public:
  /// `address`: see probe_address(). `told` is called on the loop whenever answers() changes.
  PortProbe(util::EventLoop& loop, util::Poster poster, net::Client& client, task::Port port, Endpoint endpoint,
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
  util::Poster poster_;
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
