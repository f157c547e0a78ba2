// Decides when a round of claims begins: one at a time, and none while the table of runs is read. What happens during
// a round makes one more round follow it. Belongs to the executor's loop.
//
//   idle       --schedule()--> scheduled    --begin()--> in_round
//   idle       --begin()-----> in_round
//   in_round   --begin()-----> in_round_again
//   in_round   --end()-------> idle
//   any        --load_runs()-> loading_runs --runs_loaded()--> idle
#pragma once

namespace executor {

class ClaimLoop {
 public:
  /// A job may be able to start. True: the caller begins a round now.
  bool begin() {
    if (state_ == State::in_round) state_ = State::in_round_again;
    if (is_busy()) return false;
    state_ = State::in_round;
    return true;
  }
  /// The same, but the round may wait for more such changes. True: the caller waits, then asks is_scheduled().
  bool schedule() {
    if (state_ == State::in_round) state_ = State::in_round_again;
    if (state_ != State::idle) return false;
    state_ = State::scheduled;
    return true;
  }
  /// False: a round has begun since schedule().
  bool is_scheduled() const { return state_ == State::scheduled; }
  /// The round is over. `is_whole`: it could not start more jobs. True: the caller begins another one.
  bool end(bool is_whole) {
    const bool again = state_ == State::in_round_again || !is_whole;
    state_ = State::idle;
    return again;
  }

  /// The caller reads the table of runs, and begins a round after runs_loaded().
  void load_runs() { state_ = State::loading_runs; }
  void runs_loaded() { state_ = State::idle; }
  /// True while claims may be committed of which the caller does not know yet.
  bool is_busy() const { return state_ != State::idle && state_ != State::scheduled; }
  /// Forgets the round that is under way: its answer is discarded.
  void reset() { state_ = State::idle; }

 private:
  enum class State { idle, scheduled, in_round, in_round_again, loading_runs };

  State state_ = State::idle;
};

}  // namespace executor
