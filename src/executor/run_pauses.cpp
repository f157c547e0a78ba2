// A run whose container somebody paused on the engine. Its job is SUSPENDED until the container continues; a pause does
// not count as execution time.
#include <utility>

#include "executor/run.h"

namespace executor {

void Run::note_pause(bool is_paused) {
  if (is_paused != running_.pauses.since.has_value()) {
    if (is_paused) {
      running_.pauses.since = util::now();
    } else {
      running_.pauses.total += util::now() - *std::exchange(running_.pauses.since, std::nullopt);
    }
    arm_duration();
    show();
  }
  follow_pause();
}

/// Makes the phase of the job follow the state of the container, one commit at a time.
void Run::follow_pause() {
  const bool is_paused = running_.pauses.since.has_value();
  const bool is_suspended = job_.phase == uws::Phase::suspended;
  const bool is_executing = job_.phase == uws::Phase::executing;
  if (!context_.leads) return;  // a later status of the run leads here again
  if (stage_ != Stage::running || running_.commit_in_flight || !(is_paused ? is_executing : is_suspended)) return;
  running_.commit_in_flight = true;
  context_.database.write(
      [&jobs = context_.jobs, run = row_.id, is_paused, pauses = running_.pauses,
       end = expected_hold_end()](store::Transaction& transaction) -> util::Result<bool> {
        save_pauses(transaction, run, pauses);
        ledger::expect_end(transaction, run.name(), end);
        return jobs.suspended(transaction, run.job, run.attempt, is_paused);
      },
      later(&Run::on_pause_committed));
}

void Run::on_pause_committed(util::Result<bool> answer) {
  running_.commit_in_flight = false;
  if (std::exchange(end_.waits_for_commit, false)) return commit_end();
  if (!answer.ok()) return after(commit_pause, &Run::follow_pause);
  if (!*answer) return stop(Stop::destroy);
  job_.phase = job_.phase == uws::Phase::suspended ? uws::Phase::executing : uws::Phase::suspended;
  follow_pause();
}

}  // namespace executor
