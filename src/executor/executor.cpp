#include "executor/executor.h"

#include <utility>

#include "util/log.h"

namespace executor {
namespace {

constexpr std::chrono::milliseconds database_pause{1000};
/// Pause before a request is repeated that the engine answered with an error.
constexpr std::chrono::milliseconds engine_pause{5000};

}  // namespace

util::Result<std::unique_ptr<Executor>> Executor::create(Options options, store::Database& database,
                                                         store::BlobStore& blobs, net::Client& client,
                                                         task::Policy policy, task::Applications applications,
                                                         task::Catalogue catalogue) {
  ASSIGN_OR_RETURN(auto addresses, net::AddressPolicy::create(options.inputs.allow_addresses));
  return std::unique_ptr<Executor>(new Executor(std::move(options), database, blobs, client, std::move(policy),
                                                std::move(addresses), std::move(applications), std::move(catalogue)));
}

Executor::Executor(Options options, store::Database& database, store::BlobStore& blobs, net::Client& client,
                   task::Policy policy, net::AddressPolicy addresses, task::Applications applications,
                   task::Catalogue catalogue)
    : options_(std::move(options)),
      database_(database),
      admission_(std::move(policy), std::make_shared<const net::AddressPolicy>(std::move(addresses)),
                 std::move(applications), std::move(catalogue)),
      acceptor_(admission_),
      loop_(std::make_shared<util::EventLoop>("executor")),
      board_(std::make_shared<LiveBoard>()),
      workers_("seal", 2, 10'000),
      blobs_(blobs),
      client_(client),
      images_(
          *loop_, poster(), [this] { return engines_now(); },
          [this](const task::ImageReference& image, util::Callback<ImageFacts> done) {
            if (ask_registry_) return ask_registry_(image, std::move(done));
            done(util::Error::of(util::ErrorCode::unavailable, "no registry is asked here"));
          }) {
  admission_.use_image_knowledge([this](const task::ImageReference& image) { return images_.known(image); });
  for (const task::Application& application : admission_.applications()) {
    application_acceptors_.try_emplace(application.name, admission_, application);
  }
}

Executor::~Executor() { stop(); }

util::Poster Executor::poster() const {
  return [loop = loop_](util::Task task) { loop->post(std::move(task)); };
}

void Executor::attach(uws::JobClaims& jobs) {
  jobs_ = &jobs;
  util::Poster to_loop = poster();
  const auto over = [this](const RunId& id) {
    const auto found = runs_.find(id);
    if (found == runs_.end()) return;
    run_of_job_.erase(found->second->job());
    runs_.erase(found);
    state_is_known(id);
  };
  context_ = std::make_unique<RunContext>(RunContext{
      *loop_, std::move(to_loop), database_, blobs_, client_, jobs, admission_, options_, workers_, board_, leads_,
      [this] { start_claim_round(); }, over,
      [this](const uws::JobId& id, EngineLink& link, std::chrono::seconds pause) { on_disk_full(id, link, pause); }});
}

ImageBook::Engines Executor::engines_now() const {
  ImageBook::Engines engines;
  for (const auto& [name, link] : links_) {
    if (link->up()) {
      engines.answering.push_back(&link->engine());
    } else {
      engines.is_any_away = true;
    }
  }
  return engines;
}

void Executor::add_engine(std::unique_ptr<Engine> engine) {
  EngineOptions options;
  options.name = engine->name();
  for (const EngineOptions& known : options_.engines) {
    if (known.name == engine->name()) options = known;
  }
  const EngineLink::Listener listener{[this](EngineLink& link) { on_described(link); },
                                      [this](EngineLink& link) { on_away(link); },
                                      [this](EngineLink& link, const std::optional<RunId>& run) { on_hint(link, run); },
                                      [this](EngineLink&, const RunStatus& status) { on_status(status); }};
  auto link = std::make_unique<EngineLink>(*loop_, options, std::move(engine), listener);
  disks_[options.name] = std::make_unique<DiskWatch>(
      *loop_, *link, options_.runs,
      DiskWatch::Listener{[this, &link = *link](bool is_changed) { on_disk_seen(link, is_changed); },
                          [this, &link = *link] {
                            std::vector<RunId> running;
                            for (const auto& [id, run] : runs_) {
                              if (&run->link() == &link && run->is_running()) running.push_back(id);
                            }
                            return running;
                          },
                          [this](const std::map<RunId, std::uint64_t>& used) {
                            for (const auto& [id, bytes] : used) {
                              if (const auto run = runs_.find(id); run != runs_.end())
                                run->second->note_disk_use(bytes);
                            }
                          }});
  note_health(*link);
  links_[options.name] = std::move(link);
}

void Executor::start() {
  loop_->post([this] {
    for (const auto& [name, link] : links_) link->start();
    loop_->after(options_.runs.reconcile, [this] { reconcile(); });
  });
}

void Executor::stop() {
  loop_->stop();
  workers_.stop();
}

void Executor::adopt_runs(const std::vector<FoundClaim>& stock) {
  if (!stock.empty()) util::log_info("taking up runs", {{"runs", stock.size()}});
  for (const FoundClaim& one : stock) {
    const RunRow& row = one.claim.row;
    EngineLink* link = link_of(row.engine);
    if (link == nullptr) {
      orphan(row);
      continue;
    }
    adopted_.insert(row.id);
    add_run(*link, one.claim);
    runs_.at(row.id)->recover(one.destroyed);
  }
}

void Executor::orphan(const RunRow& row) {
  util::log_error("a run's engine is not configured any more: it is left as it is",
                  {{"run", row.id.name()}, {"engine", row.engine}});
  orphaned_.insert(row.id);
  const std::lock_guard lock(health_mutex_);
  health_[row.engine] = {false, row.engine + ": is not configured any more, and jobs are on it"};
}

void Executor::add_run(EngineLink& link, Claim claim) {
  const RunId id = claim.row.id;
  run_of_job_[claim.job.id] = id;
  queue_.claimed(claim.job.id, claim.job.owner);
  runs_[id] = std::make_shared<Run>(*context_, link, std::move(claim));
}

EngineLink* Executor::link_of(const std::string& engine) {
  const auto found = links_.find(engine);
  return found == links_.end() ? nullptr : found->second.get();
}

void Executor::on_described(EngineLink& link) {
  note_health(link);
  disks_.at(link.name())->start();
  if (link.description()->refusal) return on_refused(link);
  const Capacity& probed = link.description()->capacity;
  const ledger::Resources capacity{.millicores = link.options().millicores.value_or(probed.millicores),
                                   .memory_bytes = link.options().memory_bytes.value_or(probed.memory_bytes),
                                   .slots = link.options().slots,
                                   .others = probed.others};
  // Only the leader writes to the ledger.
  if (!runs_jobs()) return on_capacity_set(link, capacity, {});
  database_.write(
      [name = link.name(), capacity](store::Transaction& transaction) -> util::Status {
        ledger::set_capacity(transaction, name, capacity);
        return {};
      },
      [this, loop = loop_, &link, capacity](const util::Status& status) {
        loop->post([this, &link, capacity, status] { on_capacity_set(link, capacity, status); });
      });
  sweep(link);
}

/// The ledger keeps the engine's capacity, because there may be holds on the engine.
void Executor::on_refused(EngineLink& link) {
  capacities_.erase(link.name());
  admission_.forget(link.name());
  on_hint(link, std::nullopt);
  sweep(link);
}

void Executor::on_capacity_set(EngineLink& link, const ledger::Resources& capacity, const util::Status& status) {
  if (!status.ok()) {
    loop_->after(database_pause, [this, &link] { on_described(link); });
    return;
  }
  capacities_[link.name()] = capacity;
  admission_.set_engine(link.name(), capacity, link.description()->capabilities);
  // The engine may have been away for a while: inspect each of its runs, and try to start queued jobs.
  on_hint(link, std::nullopt);
  start_claim_round();
}

/// A round of claims updates the reasons shown for the waiting jobs: this engine no longer counts.
void Executor::on_away(EngineLink& link) {
  note_health(link);
  start_claim_round();
}

void Executor::on_hint(EngineLink& link, const std::optional<RunId>& run) {
  if (run) {
    const auto found = runs_.find(*run);
    if (found != runs_.end()) found->second->on_hint();
    return;
  }
  for (const auto& [id, known] : runs_) {
    if (&known->link() == &link) known->on_hint();
  }
}

void Executor::on_status(const RunStatus& status) {
  const auto found = runs_.find(status.id);
  if (found == runs_.end()) return;
  const std::shared_ptr<Run> run = found->second;  // keeps the run alive: the call may remove it from runs_
  run->on_status(status);
  if (status.state != RunState::unknown) state_is_known(status.id);
}

/// Logs that the engines have told the state of every run that was taken up. Operators and benchmarks wait for this.
void Executor::state_is_known(const RunId& id) {
  if (adopted_.erase(id) > 0 && adopted_.empty()) util::log_info("runs taken up");
}

/// Releases the runs that carry this installation's label on the engine but have no row in the database. They belong to
/// claims that were given up while the engine was away.
void Executor::sweep(EngineLink& link) {
  if (!runs_jobs()) return;
  link.engine().list_owned([this, &link](const util::Result<std::vector<RunId>>& answer) {
    if (!answer.ok()) {
      link.failed(answer.error());
      // If the engine did not answer, sweep() is called again when it answers.
      if (!is_silence(answer.error())) loop_->after(engine_pause, [this, &link] { sweep(link); });
      return;
    }
    if (!runs_jobs()) return;
    for (const RunId& run : *answer) {
      const bool known = runs_.contains(run) || orphaned_.contains(run);
      if (run.installation == database_.installation_id() && !known) release_stray(link, run);
    }
  });
}

void Executor::release_stray(EngineLink& link, const RunId& run) {
  util::log_warning("released a run that no job knows", {{"run", run.name()}, {"engine", link.name()}});
  link.engine().release(run, [this, &link, run](const util::Status& status) {
    if (status.ok()) return;
    link.failed(status.error());
    // Repeated unless the run has become known. An engine that did not answer is swept again when it answers.
    if (!is_silence(status.error()))
      loop_->after(engine_pause, [this, &link, run] {
        if (runs_jobs() && !runs_.contains(run)) release_stray(link, run);
      });
  });
}

/// Hints can be lost, so all runs, the table of runs and the queue are checked at regular intervals.
void Executor::reconcile() {
  for (const auto& [id, run] : runs_) run->on_hint();
  if (runs_jobs() && !claim_loop_.is_busy()) load_runs();
  if (runs_jobs()) read_queue();
  loop_->after(options_.runs.reconcile, [this] { reconcile(); });
}

/// Reads from the database which runs exist: when this service begins to lead, at regular intervals, and when the
/// answer to a commit was lost. No round of claims is under way meanwhile (ClaimLoop). So a row without a Run comes
/// from a round that failed, or from the previous leader.
void Executor::load_runs() {
  claim_loop_.load_runs();
  std::set<RunId> known = orphaned_;
  for (const auto& [id, run] : runs_) known.insert(id);
  database_.read([&jobs = *jobs_, known](store::Session& session) { return read_claims(session, jobs, known); },
                 [this, loop = loop_, known, tenure = tenure_.load()](util::Result<std::vector<FoundClaim>> answer) {
                   loop->post([this, known, tenure, answer = std::move(answer)]() mutable {
                     if (tenure == tenure_) on_runs_loaded(std::move(answer), known);
                   });
                 });
}

void Executor::on_runs_loaded(util::Result<std::vector<FoundClaim>> answer, const std::set<RunId>& known) {
  if (!answer.ok()) {
    loop_->after(database_pause, in_this_tenure([this] { load_runs(); }));
    return;
  }
  std::vector<FoundClaim> lost;
  for (FoundClaim& one : *answer) {
    if (!known.contains(one.claim.row.id)) {
      lost.push_back(std::move(one));
    } else if (one.destroyed || one.abort_wanted) {
      request_stop(one.claim.job.id, one.destroyed ? Stop::destroy : Stop::abort);
    }
  }
  adopt_runs(lost);
  claim_loop_.runs_loaded();
  const bool is_first = !std::exchange(started_, true);
  for (const auto& [job, reason] : std::exchange(early_stop_requests_, {})) request_stop(job, reason);
  is_first ? resume() : start_claim_round();
}

void Executor::request_stop(const uws::JobId& id, Stop reason) {
  const auto found = run_of_job_.find(id);
  if (found == run_of_job_.end()) {
    if (term_ != 0 && (claim_loop_.is_busy() || !started_)) early_stop_requests_[id] = reason;
    return left_queue(id);
  }
  const std::shared_ptr<Run> run = runs_.at(found->second);  // keeps the run alive: the call may remove it from runs_
  if (reason == Stop::destroy) {
    run->want_destroy();
  } else {
    run->want_abort();
  }
}

void Executor::check_runnable(const uws::ListName& list, const uws::Owner&,
                              const std::vector<uws::Parameter>& parameters, util::Callback<void> done) {
  done(admission_.runnable(list, parameters));
}

void Executor::abort_wanted(const uws::JobId& id) {
  loop_->post([this, id] { request_stop(id, Stop::abort); });
}

void Executor::job_destroyed(const uws::JobId& id) {
  loop_->post([this, id] { request_stop(id, Stop::destroy); });
}

std::shared_ptr<const uws::LiveState> Executor::view(const uws::JobId& id) const {
  if (auto live = board_->view(id)) return live;
  return queue_.view(id);
}

/// Known only if the job would start at once and its duration is limited.
std::optional<util::Instant> Executor::quote_if_run(const uws::Job& job) const {
  if (job.execution_duration == std::chrono::seconds(0)) return std::nullopt;
  if (!admission_.runnable(job.list, job.parameters).ok()) return std::nullopt;
  const auto task = admission_.task_of(job.list, job.parameters);
  if (!task.ok() || !queue_.would_begin(job.owner, needs_of(*task, admission_.policy()))) return std::nullopt;
  return util::now() + job.execution_duration;
}

void Executor::note_health(const EngineLink& link) {
  std::string note = link.name() + ": ";
  if (link.up()) {
    note += "up, " + link.description()->kind + " " + link.description()->version;
    for (const std::string& more : link.description()->notes) note += "; " + more;
    if (const std::string disk = disks_.at(link.name())->note(); !disk.empty()) note += "; " + disk;
    if (const auto& refusal = link.description()->refusal) note += "; nothing is run there: " + *refusal;
  } else {
    note += "does not answer";  // the reason is only in the log, because anybody may read this note
  }
  const std::lock_guard lock(health_mutex_);
  const bool runs_jobs = link.up() && !link.description()->refusal && !disks_.at(link.name())->shortage();
  health_[link.name()] = {runs_jobs, std::move(note)};
}

uws::Health::Report Executor::report() const {
  Report report;
  report.available = database_.healthy();
  if (!report.available) report.notes.emplace_back("the database does not answer");
  const std::lock_guard lock(health_mutex_);
  if (!leadership_note_.empty()) report.notes.push_back(leadership_note_);
  bool any_up = health_.empty();  // a service without engines only plans for other platforms, and needs none
  for (const auto& [engine, state] : health_) {
    any_up = any_up || state.first;
    report.notes.push_back(state.second);
  }
  report.available = report.available && any_up;
  return report;
}

}  // namespace executor
