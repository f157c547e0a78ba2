// Whether this service or another one runs the jobs of the database.
#include <utility>

#include "executor/executor.h"
#include "util/log.h"
#include "util/metrics.h"

namespace executor {

using Role = store::LeadershipStatus::Role;

void Executor::set_leadership(const store::LeadershipStatus& status) {
  loop_->post([this, status] { on_leadership(status); });
}

void Executor::on_leadership(const store::LeadershipStatus& status) {
  leads_ = status.role == Role::leader;
  show_leadership(status);
  if (status.role == Role::in_doubt) return;
  if (leads_ && term_ == status.term) return resume();  // nobody else has led meanwhile
  stop_leading();
  term_ = leads_ ? status.term : 0;
  if (leads_) load_runs();
}

void Executor::show_leadership(const store::LeadershipStatus& status) {
  util::metrics().gauge("docker_uws_leader", "1: it runs the jobs of its database.").set(leads_ ? 1 : 0);
  std::string note;
  if (!leads_) note = (status.role == Role::in_doubt ? "begins no jobs: " : "runs no jobs: ") + status.why;
  if (leads_) {
    util::log_info("runs the jobs of its database", {{"term", status.term}});
    board_->set_of_others(std::nullopt);
  } else {
    util::log_warning(status.role == Role::in_doubt ? "begins no jobs" : "runs no jobs",
                      {{"why", status.why}, {"detail", status.detail}});
    uws::LiveState live;
    live.is_elsewhere = true;
    set_progress(live.info, {"this service " + note, std::nullopt});
    board_->set_of_others(std::move(live));
  }
  const std::lock_guard lock(health_mutex_);
  leadership_note_ = std::move(note);
}

/// Forgets all runs and the queue, because they belong to another service now; the runs are neither ended nor waited
/// for. Answers that are still to come are discarded (tenure_). The next leader finds a claim that is being committed
/// now as a row in the table of runs.
void Executor::stop_leading() {
  ++tenure_;
  for (const auto& [job, run] : run_of_job_) board_->remove(job);
  runs_.clear();
  run_of_job_.clear();
  adopted_.clear();
  orphaned_.clear();
  early_stop_requests_.clear();
  started_ = false;
  claim_loop_.reset();
  queue_.clear();
  unread_.clear();
  left_meanwhile_.clear();
  being_read_ = 0;
  reading_queue_ = false;
  found_at_start_.reset();
}

/// Does what could not be done while this service did not lead or did not know its runs.
void Executor::resume() {
  for (const auto& [name, link] : links_) {
    if (link->up()) on_described(*link);
  }
  read_queue();
  start_claim_round();
}

util::Task Executor::in_this_tenure(util::Task task) {
  return [this, tenure = tenure_.load(), task = std::move(task)] {
    if (tenure == tenure_) task();
  };
}

}  // namespace executor
