// The engine's one event stream, kept open: what happened to containers of this installation. On the loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "docker/api.h"
#include "executor/engine.h"

namespace docker {

class Events {
 public:
  using Hint = std::function<void(std::optional<executor::RunId>)>;

  Events(Api& api, std::string installation) : api_(api), installation_(std::move(installation)) {}

  /// Connects, and again whenever the stream ends. The hint without a run comes each time it is connected: what
  /// happened before was not seen.
  void follow(Hint hint);

 private:
  void connect();
  void on_end(const util::Result<Answer>& result);

  Api& api_;
  const std::string installation_;
  Hint hint_;
  std::chrono::milliseconds pause_{0};
};

}  // namespace docker
