// One engine as the executor sees it: who it is, whether it answers, and inspections gathered into few calls.
//
// Everything runs on the executor's loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "executor/engine.h"
#include "executor/options.h"
#include "util/event_loop.h"
#include "util/time.h"

namespace executor {

class EngineLink {
 public:
  struct Listener {
    std::function<void(EngineLink&)> described;  // at first, and after it was away
    std::function<void(EngineLink&)> away;
    std::function<void(EngineLink&, std::optional<RunId>)> hint;
    std::function<void(EngineLink&, const RunStatus&)> status;
  };

  EngineLink(util::EventLoop& loop, EngineOptions options, std::unique_ptr<Engine> engine, Listener listener);

  void start();
  Engine& engine() { return *engine_; }
  const std::string& name() const { return options_.name; }
  const EngineOptions& options() const { return options_; }
  /// Answered when it was last asked.
  bool up() const { return up_; }
  const std::optional<Description>& description() const { return description_; }
  /// Why it is not up.
  const std::string& trouble() const { return trouble_; }

  /// What of the run? The answer is told to the listener, in a while when the engine does not answer.
  void inspect(const RunId& run);
  /// Since when it has answered without a break, as far as we know.
  util::Instant up_since() const { return up_since_; }
  /// It came back at least once.
  bool was_away() const { return was_away_; }
  /// A call was not answered: asked again who it is, until it answers.
  void not_answered(const util::Error& error);

 private:
  void describe();
  void on_described(util::Result<Description> answer);
  void ask();
  void on_statuses(const std::set<RunId>& asked, const util::Result<std::vector<RunStatus>>& answer);
  void ask_later();

  util::EventLoop& loop_;
  const EngineOptions options_;
  Listener listener_;
  bool up_ = false;
  util::Instant up_since_;
  bool was_away_ = false;
  bool describing_ = false;
  bool asking_ = false;
  bool ask_later_set_ = false;
  std::optional<Description> description_;
  std::string trouble_ = "not asked yet";
  std::chrono::milliseconds pause_;
  std::set<RunId> to_ask_;
  std::set<RunId> to_ask_later_;
  std::unique_ptr<Engine> engine_;  // last: it dies first
};

}  // namespace executor
