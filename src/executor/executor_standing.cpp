// Whether this service or another one runs the jobs of the database.
#include <utility>

#include "executor/executor.h"
#include "util/log.h"
#include "util/metrics.h"

namespace executor {

using Role = store::Standing::Role;

void Executor::stand(const store::Standing& standing) {
  loop_->post([this, standing] { on_standing(standing); });
}

void Executor::on_standing(const store::Standing& standing) {
  leads_ = standing.role == Role::leader;
  show_standing(standing);
  if (standing.role == Role::in_doubt) return;
  if (leads_ && term_ == standing.term) return resume();  // nobody else has led meanwhile
  let_go();
  term_ = leads_ ? standing.term : 0;
  if (leads_) take_stock();
}

void Executor::show_standing(const store::Standing& standing) {
  util::metrics().level("docker_uws_leader", "1: it runs the jobs of its database.").set(leads_ ? 1 : 0);
  std::string note;
  if (!leads_) note = (standing.role == Role::in_doubt ? "begins no jobs: " : "runs no jobs: ") + standing.why;
  if (leads_) {
    util::log_info("runs the jobs of its database", {{"term", standing.term}});
    board_->set_of_others(std::nullopt);
  } else {
    util::log_warning(standing.role == Role::in_doubt ? "begins no jobs" : "runs no jobs",
                      {{"why", standing.why}, {"detail", standing.detail}});
    uws::LiveState live;
    live.is_elsewhere = true;
    set_progress(live.info, {"this service " + note, std::nullopt});
    board_->set_of_others(std::move(live));
  }
  const std::lock_guard lock(health_mutex_);
  standing_note_ = std::move(note);
}

/// Forgets all runs and the queue, because they belong to another service now; the runs are neither ended nor waited
/// for. Answers that are still to come are discarded (tenure_). The next leader finds a claim that is being committed
/// now as a row in the table of runs.
void Executor::let_go() {
  ++tenure_;
  for (const auto& [job, run] : run_of_job_) board_->remove(job);
  runs_.clear();
  run_of_job_.clear();
  taken_up_.clear();
  stranded_.clear();
  early_wishes_.clear();
  started_ = filling_ = fill_again_ = false;
  queue_.clear();
  fresh_.clear();
  left_meanwhile_.clear();
  learning_ = 0;
  reading_queue_ = false;
  found_at_start_.reset();
}

/// Does what could not be done while this service did not lead or did not know its runs.
void Executor::resume() {
  for (const auto& [name, link] : links_) {
    if (link->up()) on_described(*link);
  }
  read_queue();
  fill();
}

Task Executor::in_this_tenure(Task task) {
  return [this, tenure = tenure_.load(), task = std::move(task)] {
    if (tenure == tenure_) task();
  };
}

}  // namespace executor
