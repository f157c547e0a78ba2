// Pulls images, with one pull for all runs that wait for the same image. Owned by the engine, and used on the loop's
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/node.h"
#include "docker/api/api.h"
#include "docker/engine.h"
#include "executor/engine.h"

namespace docker {

/// The state of a pull, from the messages of its stream.
class PullState {
 public:
  void take(const data::Node& line);
  /// Progress over all layers known so far: half for the download, half for the extraction. Never decreases.
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

/// Why a pull failed, as the engine told.
struct PullFailure {
  executor::EndCause cause = executor::EndCause::pull_failed;
  std::string detail;
};

class Puller {
 public:
  /// An Error: the engine did not answer. A PullFailure: the engine answered that the pull failed. nullopt: success.
  using Outcome = util::Result<std::optional<PullFailure>>;
  struct Waiter {
    std::function<void(int percent)> on_progress;
    std::function<void(const Outcome&)> on_done;
    std::optional<util::Trace> trace;  // the pull carries the trace of its first waiter
  };
  using WaiterId = std::uint64_t;

  Puller(Api& api, const Options& options) : api_(api), options_(options) {}

  WaiterId join(const task::ImageReference& image, Waiter waiter);
  /// Removes the waiter, which is not called any more. A pull without waiters is cancelled.
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
