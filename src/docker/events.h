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
  using SignalSent = std::function<void(const executor::RunId&, int signal, util::Instant when)>;

  /// `signal_sent` tells, on the loop, of each signal that somebody had the engine send, us among them.
  Events(Api& api, std::string installation, SignalSent signal_sent)
      : api_(api), installation_(std::move(installation)), signal_sent_(std::move(signal_sent)) {}

  /// Connects, and again whenever the stream ends. The hint without a run comes each time it is connected: what
  /// happened before was not seen.
  void follow(Hint hint);

 private:
  void connect();
  void take(const data::Node& event);
  void on_end(const util::Result<Answer>& result);

  Api& api_;
  const std::string installation_;
  const SignalSent signal_sent_;
  Hint hint_;
  std::chrono::milliseconds pause_{0};
};

}  // namespace docker
