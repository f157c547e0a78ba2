// The engine's one event stream, kept open: what happened to containers of this installation. On the loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "docker/api.h"
#include "executor/engine.h"
#include "util/time.h"

namespace docker {

class Events {
 public:
  using Hint = std::function<void(std::optional<executor::RunId>)>;
  /// What is told, on the loop, beside the hints.
  struct Listener {
    /// A signal that somebody had the engine send, we among them.
    std::function<void(const executor::RunId&, int signal, util::Instant when)> signal_sent;
    /// A container ended, or failed to start.
    std::function<void(const executor::RunId&)> died;
  };

  Events(Api& api, std::string installation, Listener listener)
      : api_(api), installation_(std::move(installation)), listener_(std::move(listener)) {}

  /// Connects, and again whenever the stream ends. The hint without a run comes each time it is connected: what
  /// happened before was not seen.
  void follow(Hint hint);

 private:
  void connect();
  void take(const data::Node& event);
  void on_end(const util::Result<Answer>& result);

  Api& api_;
  const std::string installation_;
  const Listener listener_;
  Hint hint_;
  std::chrono::milliseconds pause_{0};
};

}  // namespace docker
