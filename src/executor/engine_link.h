// One engine as the executor sees it: who it is, whether it answers, and inspections gathered into few calls.
//
// An answer about one run, whatever it says, is no word about the engine, which others use too. Only silence makes it
// doubtful: then it is pinged, and when it does not answer that either, it is away, and asked who it is until it
// answers.
//
// Everything runs on the executor's loop.
#pragma once

#include <chrono>
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
    std::function<void(EngineLink&, const RunStatus&)> status;  // `unknown` too: it is asked again
  };

  EngineLink(util::EventLoop& loop, EngineOptions options, std::unique_ptr<Engine> engine, Listener listener);

  void start();
  Engine& engine() { return *engine_; }
  const std::string& name() const { return options_.name; }
  const EngineOptions& options() const { return options_; }
  /// Answered when it was last asked who it is.
  bool up() const { return up_; }
  const std::optional<Description>& description() const { return description_; }

  /// What of the run? The answer is told to the listener, and asked for again while it is `unknown`.
  void inspect(const RunId& run);
  /// Since when nothing that happened there was missed, as far as we know.
  util::Instant watched_since() const { return watched_since_; }
  /// It came back at least once.
  bool was_away() const { return was_away_; }
  /// A call failed. Silence makes it doubtful; of an answer nothing follows.
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
  bool is_watched_ = false;  // its hints have come once
  bool may_be_new_ = false;  // since it last said who it is, its hints began anew
  bool was_away_ = false;
  bool is_doubted_ = false;  // it is being pinged, or soon
  std::chrono::steady_clock::time_point answered_at_;
  bool describing_ = false;
  bool describe_set_ = false;
  int batches_ = 0;
  int suspects_asked_ = 0;
  bool ask_later_set_ = false;
  std::optional<Description> description_;
  std::string trouble_;  // why it is away, as it was logged
  std::chrono::milliseconds pause_;
  std::set<RunId> to_ask_;
  std::set<RunId> suspects_;  // not answered for when they were last asked about
  std::set<RunId> suspects_to_ask_;
  std::unique_ptr<Engine> engine_;  // last: it dies first
};

}  // namespace executor
