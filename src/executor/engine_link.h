// The executor's connection to one engine: its description, whether it answers, and inspections joined into few calls.
//
// An answer about one run, even an error, says nothing about the health of the engine. Only when a call gets no answer
// is the engine pinged. If it does not answer the ping either, it counts as away, and describe() is repeated until it
// answers.
//
// Everything runs on the executor's loop. Owned by the executor.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "executor/engine.h"
#include "executor/options.h"
#include "util/clock.h"
#include "util/event_loop.h"
#include "util/time.h"

namespace executor {

class EngineLink {
 public:
  struct Listener {
    std::function<void(EngineLink&)> described;  // the engine answered for the first time, or again after it was away
    std::function<void(EngineLink&)> away;
    std::function<void(EngineLink&, std::optional<RunId>)> hint;
    std::function<void(EngineLink&, const RunStatus&)> status;  // also for `unknown`; the link then asks again
  };

  EngineLink(util::EventLoop& loop, EngineOptions options, std::unique_ptr<Engine> engine, Listener listener);

  void start();
  Engine& engine() { return *engine_; }
  const std::string& name() const { return options_.name; }
  const EngineOptions& options() const { return options_; }
  /// True if the engine counts as answering.
  bool up() const { return up_; }
  const std::optional<Description>& description() const { return description_; }

  /// Asks for the status of the run and gives it to the listener. Repeated as long as the state is `unknown`.
  void inspect(const RunId& run);
  /// Since when, as far as is known, no event of the engine was missed.
  util::Instant watched_since() const { return watched_since_; }
  /// True if the engine has been away at least once.
  bool was_away() const { return was_away_; }
  /// To be called when a call of the engine failed. If the engine did not answer, it is pinged; an error that the
  /// engine answered is only logged.
  void failed(const util::Error& error);

 private:
  void on_watched();
  void describe();
  void describe_later();
  void on_described(util::Result<Description> answer);
  void on_silence(const util::Error& error);
  void announce();
  void ask();
  void ask_of_suspects();
  void on_statuses(const std::set<RunId>& asked, const util::Result<std::vector<RunStatus>>& answer);
  void ask_later();

  util::EventLoop& loop_;
  const EngineOptions options_;
  Listener listener_;
  bool up_ = false;
  util::Instant watched_since_;
  bool is_watched_ = false;  // the stream of hints has begun at least once
  bool may_be_new_ = false;  // the stream of hints has begun again since the last description: perhaps a restart
  bool was_away_ = false;
  bool is_doubted_ = false;  // a ping is under way or scheduled
  util::Clock::time_point answered_at_;
  bool describing_ = false;
  bool describe_set_ = false;
  int batches_ = 0;
  int suspects_asked_ = 0;
  bool ask_later_set_ = false;
  std::optional<Description> description_;
  std::string trouble_;  // the last logged reason why the engine is away
  std::chrono::milliseconds pause_;
  std::set<RunId> to_ask_;
  std::set<RunId> suspects_;  // runs whose last inspection got no answer
  std::set<RunId> suspects_to_ask_;
  std::unique_ptr<Engine> engine_;  // last member, so that it is destroyed first
};

}  // namespace executor
