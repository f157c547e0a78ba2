// Keeps one event stream of the engine open, for events of the containers of this installation. Owned by the engine,
// and used on the loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "docker/api/api.h"
#include "executor/engine.h"
#include "util/time.h"

namespace docker {

class Events {
 public:
  using Hint = std::function<void(std::optional<executor::RunId>)>;
  /// Callbacks on the loop, in addition to the hints.
  struct Listener {
    /// Somebody, perhaps this service, told the engine to send a signal to the container.
    std::function<void(const executor::RunId&, int signal, util::Instant when)> signal_sent;
    /// A container ended, or failed to start.
    std::function<void(const executor::RunId&)> died;
  };

  Events(Api& api, std::string installation, Listener listener)
      : api_(api), installation_(std::move(installation)), listener_(std::move(listener)) {}

  /// Connects, and reconnects whenever the stream ends. Each time the stream begins, `hint` is called without a run,
  /// because earlier events may have been missed.
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
