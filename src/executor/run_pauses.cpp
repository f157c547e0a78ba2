// A run whose container somebody paused on the engine. Its job is SUSPENDED until the container continues; a pause does
// not count as execution time.
#include <utility>

#include "executor/run.h"

namespace executor {

void Run::note_pause(bool is_paused) {
  if (is_paused != pauses_.since.has_value()) {
    if (is_paused) {
      pauses_.since = util::now();
    } else {
      pauses_.total += util::now() - *std::exchange(pauses_.since, std::nullopt);
    }
    arm_duration();
    show();
  }
  follow_pause();
}

/// Makes the phase of the job follow the state of the container, one commit at a time.
void Run::follow_pause() {
  const bool is_paused = pauses_.since.has_value();
  const bool is_suspended = job_.phase == uws::Phase::suspended;
  const bool is_executing = job_.phase == uws::Phase::executing;
  if (!context_.leads) return;  // a later status of the run leads here again
  if (stage_ != Stage::running || phase_in_flight_ || !(is_paused ? is_executing : is_suspended)) return;
  phase_in_flight_ = true;
  context_.database.write(
      [&jobs = context_.jobs, run = row_.id, is_paused,
       pauses = pauses_](store::Transaction& transaction) -> util::Result<bool> {
        save_pauses(transaction, run, pauses);
        return jobs.suspended(transaction, run.job, run.attempt, is_paused);
      },
      later(&Run::on_pause_committed));
}

void Run::on_pause_committed(util::Result<bool> answer) {
  phase_in_flight_ = false;
  if (std::exchange(end_waits_, false)) return commit_end();
  if (!answer.ok()) return after(commit_pause, &Run::follow_pause);
  if (!*answer) return stop(Stop::destroy);
  job_.phase = job_.phase == uws::Phase::suspended ? uws::Phase::executing : uws::Phase::suspended;
  follow_pause();
}

}  // namespace executor
