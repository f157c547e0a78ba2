// Pulling images: one pull for all runs that wait for the same image. On the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/node.h"
#include "docker/api.h"
#include "docker/engine.h"
#include "executor/engine.h"

namespace docker {

/// What a pull's stream has said so far.
class PullState {
 public:
  void take(const data::Node& line);
  /// Over all layers known so far: half for the download, half for the unpacking. Never goes back.
  int percent() const { return percent_; }
  const std::optional<std::string>& error() const { return error_; }

 private:
  struct Layer {
    std::int64_t total = 0;
    std::int64_t downloaded = 0;
    std::int64_t extracted = 0;
  };
  static constexpr std::size_t most_layers = 1000;
  std::map<std::string, Layer> layers_;
  int percent_ = 0;
  std::optional<std::string> error_;
};

/// How a pull ended that gave no image.
struct PullFailure {
  executor::EndCause cause = executor::EndCause::pull_failed;
  std::string detail;
};

class Puller {
 public:
  /// An Error: the engine did not answer. A failure: it did, and there is no image.
  using Outcome = util::Result<std::optional<PullFailure>>;
  struct Waiter {
    std::function<void(int percent)> on_progress;
    std::function<void(const Outcome&)> on_done;
    std::optional<util::Trace> trace;  // of the first of them the engine is told
  };
  using WaiterId = std::uint64_t;

  Puller(Api& api, const Options& options) : api_(api), options_(options) {}

  WaiterId join(const task::ImageReference& image, Waiter waiter);
  /// No callback any more. A pull that nobody waits for ends.
  void leave(WaiterId id);

 private:
  struct Pull {
    Api::CallId call = 0;
    int percent = 0;
    std::map<WaiterId, Waiter> waiters;
  };
  void start(const task::ImageReference& image, const std::string& name, const std::optional<util::Trace>& trace);
  void on_progress(const std::string& name, int percent);
  void finish(const std::string& name, const Outcome& outcome);

  Api& api_;
  const Options& options_;
  std::map<std::string, Pull> pulls_;
  WaiterId last_id_ = 0;
};

}  // namespace docker
