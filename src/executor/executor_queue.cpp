// The queued jobs, and the choice of those that start. Each queued job is read once from the database, on a reader.
// Then a round of claims is chosen from memory, only when a job may be able to start. All of this happens only while
// this service leads: it reads the queue when it begins to lead, and forgets the queue in stop_leading().
#include <algorithm>
#include <utility>

#include "executor/executor.h"
#include "util/failpoint.h"
#include "util/log.h"
#include "util/metrics.h"

namespace executor {
namespace {

util::Histogram& queue_time() {
  return util::metrics().histogram("docker_uws_job_queue_seconds", "From RUN until an engine has room.");
}

constexpr std::chrono::milliseconds retry_pause{1000};
/// Delays a round after a job left the queue, because many jobs may leave at once.
constexpr std::chrono::milliseconds leaving_pause{100};
constexpr std::size_t places_at_once = 1000;
constexpr std::size_t jobs_at_once = 512;
/// Limits for a job whose parameters are parsed on the loop. A larger job would block the loop for the others; it is
/// read and parsed on a database reader.
constexpr std::size_t most_parameters_on_loop = 100;
constexpr std::size_t most_bytes_on_loop = 16U << 10U;

bool is_small(const uws::QueuedJob& job) {
  std::size_t bytes = 0;
  for (const uws::Parameter& parameter : job.parameters) bytes += parameter.value.size();
  return job.parameters.size() <= most_parameters_on_loop && bytes <= most_bytes_on_loop;
}

}  // namespace

void Executor::job_queued(const uws::JobId& id) {
  loop_->post([this, id] {
    if (term_ == 0) return;  // another service leads
    unread_.push_back(id);
    read_needs();
  });
}

void Executor::new_job_queued(uws::QueuedJob job) {
  if (!is_small(job)) return job_queued(job.place.id);
  loop_->post([this, job = std::move(job)] {
    if (term_ == 0) return;  // another service leads
    if (!started_) return unread_.push_back(job.place.id);
    if (run_of_job_.contains(job.place.id)) return;  // read from the table and claimed meanwhile
    if (queue_.add({waiting_job(job, admission_)})) start_claim_round();
  });
}

void Executor::job_held(const uws::JobId& id) {
  loop_->post([this, id] { left_queue(id); });
}

/// Reads the whole queue, because hints can be lost, those about changes by other services too.
void Executor::read_queue() {
  if (std::exchange(reading_queue_, true)) return;
  queue_.begin_pass();
  read_queue_after({});
}

void Executor::read_queue_after(const uws::QueuePlace& place) {
  database_.read_statement(
      [&jobs = *jobs_, place](store::Session& session) -> util::Result<std::vector<uws::QueuePlace>> {
        return jobs.queued(session, place, places_at_once);
      },
      [this, loop = loop_, tenure = tenure_.load()](util::Result<std::vector<uws::QueuePlace>> answer) {
        loop->post([this, tenure, answer = std::move(answer)]() mutable {
          if (tenure == tenure_) on_queue(std::move(answer));
        });
      });
}

void Executor::on_queue(util::Result<std::vector<uws::QueuePlace>> answer) {
  if (!answer.ok()) {
    reading_queue_ = false;
    if (!found_at_start_) loop_->after(retry_pause, in_this_tenure([this] { read_queue(); }));
    return;
  }
  for (uws::JobId& id : queue_.unknown_of(*answer)) unread_.push_back(std::move(id));
  if (answer->size() == places_at_once) return read_queue_after(answer->back());
  reading_queue_ = false;
  queue_.end_pass();
  if (!found_at_start_) found_at_start_ = unread_.size() + being_read_;
  read_needs();
}

void Executor::read_needs() {
  if (being_read_ > 0 || !started_) return;
  std::erase_if(unread_, [this](const uws::JobId& id) { return run_of_job_.contains(id) || queue_.knows(id); });
  if (found_at_start_) found_at_start_ = std::min(*found_at_start_, unread_.size());
  if (unread_.empty()) return start_claim_round();
  being_read_ = std::min(unread_.size(), jobs_at_once);
  const auto end = unread_.begin() + static_cast<std::ptrdiff_t>(being_read_);
  const std::vector<uws::JobId> asked(unread_.begin(), end);
  unread_.erase(unread_.begin(), end);
  database_.read(
      [&jobs = *jobs_, &admission = admission_, asked](store::Session& session)
          -> util::Result<std::vector<JobQueue::Job>> { return read_waiting(session, jobs, admission, asked); },
      [this, loop = loop_, tenure = tenure_.load(), asked](util::Result<std::vector<JobQueue::Job>> answer) {
        loop->post([this, tenure, asked, answer = std::move(answer)]() mutable {
          if (tenure == tenure_) on_needs_read(asked, std::move(answer));
        });
      });
}

void Executor::on_needs_read(const std::vector<uws::JobId>& asked, util::Result<std::vector<JobQueue::Job>> answer) {
  being_read_ = 0;
  const std::set<uws::JobId> left = std::exchange(left_meanwhile_, {});
  if (!answer.ok()) {
    unread_.insert(unread_.begin(), asked.begin(), asked.end());
    loop_->after(retry_pause, in_this_tenure([this] { read_needs(); }));
    return;
  }
  std::erase_if(*answer, [&](const JobQueue::Job& job) {
    return left.contains(job.place.id) || run_of_job_.contains(job.place.id);
  });
  const bool may_begin = queue_.add(*answer);
  const bool knew_queue = knows_queue();
  if (found_at_start_) *found_at_start_ -= std::min(*found_at_start_, asked.size());
  if (!unread_.empty()) read_needs();
  if (may_begin || knew_queue != knows_queue()) start_claim_round();
}

/// The job was aborted, destroyed or held. If engines were kept free for it, other jobs may start now.
void Executor::left_queue(const uws::JobId& id) {
  if (being_read_ > 0) left_meanwhile_.insert(id);
  if (queue_.remove(id)) start_claim_round_later();
}

JobQueue::Supply Executor::supply() const {
  JobQueue::Supply supply;
  for (const auto& [name, capacity] : capacities_) {
    if (!links_.at(name)->up()) continue;
    supply.engines[name] = capacity;
    if (const auto& shortage = disks_.at(name)->shortage()) supply.closed[name] = *shortage;
  }
  for (const auto& [id, run] : runs_) {
    if (run->holds_capacity()) ++supply.running[run->owner()];
  }
  supply.max_running_per_owner = options_.runs.max_running_per_owner;
  supply.max_passed_over = options_.runs.max_passed_over;
  return supply;
}

void Executor::start_claim_round() {
  // The order of turns is not known until all jobs that were queued at the start have been read.
  if (!runs_jobs() || !knows_queue() || !claim_loop_.begin()) return;
  queue_.expect_more();  // a job that is added during the round may be too late for it
  const JobQueue::Supply now = supply();
  database_.write(
      [&jobs = *jobs_, &queue = queue_, now, installation = database_.installation_id(),
       stop_grace = options_.runs.stop_grace, &tenure_now = tenure_,
       tenure = tenure_.load()](store::Transaction& transaction) -> util::Result<ClaimRound> {
        if (tenure != tenure_now) return ClaimRound();  // stop_leading() was called while this waited for the writer
        return claim_round(transaction, jobs, queue, now, installation, stop_grace);
      },
      [this, loop = loop_, now, tenure = tenure_.load()](util::Result<ClaimRound> result) {
        loop->post([this, now, tenure, result = std::move(result)]() mutable {
          if (tenure == tenure_) on_round(std::move(result), now);
        });
      });
}

void Executor::start_claim_round_later() {
  if (!claim_loop_.schedule()) return;
  loop_->after(leaving_pause, [this] {
    if (claim_loop_.is_scheduled()) start_claim_round();
  });
}

void Executor::on_disk_seen(EngineLink& link, bool is_changed) {
  note_health(link);
  if (is_changed) start_claim_round();
}

void Executor::on_disk_full(const uws::JobId& id, EngineLink& link, std::chrono::seconds pause) {
  queue_.set_aside(id, "the disk of the engine " + link.name() + " was full: tried again in " +
                           std::to_string(pause.count()) + " s");
  disks_.at(link.name())->check_now();
  loop_->after(pause, in_this_tenure([this, id] {
                 queue_.remove(id);
                 unread_.push_back(id);
                 read_needs();
               }));
}

void Executor::on_round(util::Result<ClaimRound> result, const JobQueue::Supply& supply) {
  if (!result.ok()) {
    util::log_error("the queue cannot be read", {{"why", result.error().message}});
    loop_->after(retry_pause, in_this_tenure([this] { load_runs(); }));
    return;
  }
  // A round is bounded. Jobs that it left out may start now, and so may others where a chosen job was gone.
  const bool again = claim_loop_.end(result->plan.is_whole && result->gone.empty());
  const auto stop_requests = std::exchange(early_stop_requests_, {});
  if (!result->claims.empty()) util::failpoint("claim.committed");
  queue_.end_round(supply, result->plan);
  for (const uws::JobId& id : result->gone) queue_.remove(id);
  for (Claim& claim : result->claims) {
    EngineLink& link = *links_.at(claim.row.engine);
    const RunId id = claim.row.id;
    const util::Instant claimed = claim.row.claimed_at;
    const util::Instant queued = std::min(claim.queued_at.value_or(claimed), claimed);
    add_run(link, std::move(claim));
    const std::shared_ptr<Run> run = runs_.at(id);
    run->note_step("queued", queued);
    queue_time().observe(util::now() - queued);
    run->begin();
    if (const auto found = stop_requests.find(run->job()); found != stop_requests.end())
      request_stop(found->first, found->second);
  }
  if (again) start_claim_round();
}

/// A service that does not lead knows neither the queue nor the runs, and answers from the database alone.
void Executor::outlook(const uws::Owner& owner, const ledger::Resources& needs,
                       std::function<void(std::optional<std::chrono::seconds>)> done) {
  loop_->post([this, owner, needs, done = std::move(done)] {
    const JobQueue::Supply now = supply();
    const auto running = now.running.find(owner);
    const std::int64_t own = queue_.waiting_of(owner) + (running == now.running.end() ? 0 : running->second);
    if (now.max_running_per_owner > 0 && own >= now.max_running_per_owner) return done(std::nullopt);
    CapacityNow present;
    for (const auto& [name, capacity] : now.engines) {
      if (!now.closed.contains(name)) present.engines.push_back(name);
    }
    if (runs_jobs() && knows_queue()) present.ahead = queue_.first(longest_queue_of_outlook + 1);
    for (const auto& [id, run] : runs_) {
      if (const auto end = run->ends_at_the_latest()) present.ends[id.name()] = *end;
    }
    database_.read([this, present, needs](
                       store::Session& session) { return read_outlook(session, *jobs_, admission_, present, needs); },
                   [done](const util::Result<std::optional<std::chrono::seconds>>& start) {
                     done(start.ok() ? *start : std::nullopt);
                   });
  });
}

}  // namespace executor
