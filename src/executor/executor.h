// Runs the queued jobs on the engines, from their claim to their end.
//
// All state belongs to one loop thread, where each run is a state machine (run.h). Other threads only post tasks to the
// loop, or read the LiveBoard, the JobQueue, the Admission and the health report, each of which has its own lock. The
// executor runs jobs only while this service is the leader (see set_leadership()); otherwise another service on the
// same database does. Owner: main, which creates the executor, adds the engines, attaches the job service, and stops
// the executor before the database, the blob store and the HTTP client. Containers keep running when the executor
// stops; the next leader takes them up again.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "executor/acceptor.h"
#include "executor/admission.h"
#include "executor/application_acceptor.h"
#include "executor/claim_loop.h"
#include "executor/disk_watch.h"
#include "executor/engine.h"
#include "executor/image_book.h"
#include "executor/options.h"
#include "executor/run.h"
#include "store/leadership.h"
#include "util/async.h"
#include "uws/core/seams.h"

namespace executor {

class Executor : public uws::RunControl, public uws::LiveView, public uws::Health {
 public:
  /// Returns `invalid_argument` if an entry of the allowed addresses is not an address.
  static util::Result<std::unique_ptr<Executor>> create(Options options, store::Database& database,
                                                        store::BlobStore& blobs, net::Client& client,
                                                        task::Policy policy, task::Applications applications = {},
                                                        task::Catalogue catalogue = task::Catalogue::built_in());
  ~Executor() override;

  // To be called before start(), in this order.
  /// The loop on which the engines call their callbacks; each engine is created with it.
  util::EventLoop& loop() { return *loop_; }
  util::Poster poster() const;
  void add_engine(std::unique_ptr<Engine> engine);
  void attach(uws::JobClaims& jobs);

  /// Connects to the engines and asks for their descriptions.
  void start();
  void stop();
  /// Says whether this service leads. A leader first takes up the runs that an earlier process or another service left,
  /// then reads the queue. A service that does not lead drops its runs and its queue, and only answers requests. May be
  /// called on any thread.
  void set_leadership(const store::LeadershipStatus& status);

  uws::JobAcceptor& acceptor() { return acceptor_; }
  /// The acceptor for the job list of a configured application.
  uws::JobAcceptor& acceptor_of(const task::Application& application) {
    return application_acceptors_.at(application.name);
  }
  const Admission& admission() const { return admission_; }
  /// Sets the function that asks an image registry about an image that no engine has. To be called before start().
  void ask_registries_with(AskRegistry ask) { ask_registry_ = std::move(ask); }
  ImageBook& images() { return images_; }
  /// Estimates how long, at most, a task of this owner with these needs would wait for its start if no job passed it
  /// in the queue. nullopt: unknown. May be called on any thread; `done` is called later, on any thread.
  void outlook(const uws::Owner& owner, const ledger::Resources& needs,
               std::function<void(std::optional<std::chrono::seconds>)> done);

  void check_runnable(const uws::ListName& list, const uws::Owner& owner, const std::vector<uws::Parameter>& parameters,
                      util::Callback<void> done) override;
  void job_queued(const uws::JobId& id) override;
  void new_job_queued(uws::QueuedJob job) override;
  void job_held(const uws::JobId& id) override;
  void abort_wanted(const uws::JobId& id) override;
  void job_destroyed(const uws::JobId& id) override;
  std::shared_ptr<const uws::LiveState> view(const uws::JobId& id) const override;
  std::optional<util::Instant> quote_if_run(const uws::Job& job) const override;
  Report report() const override;

 private:
  Executor(Options options, store::Database& database, store::BlobStore& blobs, net::Client& client,
           task::Policy policy, net::AddressPolicy addresses, task::Applications applications,
           task::Catalogue catalogue);

  // All of these are called on the loop.
  void adopt_runs(const std::vector<FoundClaim>& stock);
  void on_leadership(const store::LeadershipStatus& status);
  void show_leadership(const store::LeadershipStatus& status);
  void stop_leading();
  void resume();
  /// True if this service leads and has read from the database which runs exist.
  bool runs_jobs() const { return leads_ && started_; }
  /// Wraps `task` so that it does nothing if stop_leading() was called in the meantime.
  util::Task in_this_tenure(util::Task task);
  void load_runs();
  void on_runs_loaded(util::Result<std::vector<FoundClaim>> answer, const std::set<RunId>& known);
  void on_described(EngineLink& link);
  void on_refused(EngineLink& link);
  void on_capacity_set(EngineLink& link, const ledger::Resources& capacity, const util::Status& status);
  void on_away(EngineLink& link);
  void on_hint(EngineLink& link, const std::optional<RunId>& run);
  void on_status(const RunStatus& status);
  void state_is_known(const RunId& id);
  void sweep(EngineLink& link);
  void release_stray(EngineLink& link, const RunId& run);
  void reconcile();
  void request_stop(const uws::JobId& id, Stop reason);
  void add_run(EngineLink& link, Claim claim);
  EngineLink* link_of(const std::string& engine);
  ImageBook::Engines engines_now() const;
  void note_health(const EngineLink& link);
  void orphan(const RunRow& row);

  // The queue and the choice of the jobs that start: executor_queue.cpp
  /// True if all jobs that were queued when this service began to lead have been read.
  bool knows_queue() const { return found_at_start_ == std::size_t{0}; }
  void read_queue();
  void read_queue_after(const uws::QueuePlace& place);
  void on_queue(util::Result<std::vector<uws::QueuePlace>> answer);
  void read_needs();
  void on_needs_read(const std::vector<uws::JobId>& asked, util::Result<std::vector<JobQueue::Job>> answer);
  void left_queue(const uws::JobId& id);
  JobQueue::Supply supply() const;
  void start_claim_round();
  void start_claim_round_later();
  void on_disk_seen(EngineLink& link, bool is_changed);
  void on_disk_full(const uws::JobId& id, EngineLink& link, std::chrono::seconds pause);
  void on_round(util::Result<ClaimRound> result, const JobQueue::Supply& supply);

  const Options options_;
  store::Database& database_;
  Admission admission_;
  Acceptor acceptor_;
  std::map<std::string, ApplicationAcceptor> application_acceptors_;
  const std::shared_ptr<util::EventLoop> loop_;
  const std::shared_ptr<LiveBoard> board_;
  util::WorkerPool workers_;
  uws::JobClaims* jobs_ = nullptr;
  store::BlobStore& blobs_;
  net::Client& client_;
  std::unique_ptr<RunContext> context_;

  AskRegistry ask_registry_;
  ImageBook images_;
  std::map<std::string, std::unique_ptr<EngineLink>> links_;
  std::map<std::string, std::unique_ptr<DiskWatch>> disks_;
  std::map<std::string, ledger::Resources> capacities_;  // of the engines that have answered and may run jobs
  std::map<RunId, std::shared_ptr<Run>> runs_;
  std::map<uws::JobId, RunId> run_of_job_;
  std::set<RunId> adopted_;   // runs found in the database whose state the engine has not yet told
  std::set<RunId> orphaned_;  // runs on engines that are no longer configured: not touched
  /// Requests to stop a job that came while its claim was being committed.
  std::map<uws::JobId, Stop> early_stop_requests_;
  bool leads_ = false;
  std::int64_t term_ = 0;  // the term of leadership, kept while the leadership is in doubt; 0: another service leads
  /// Incremented by stop_leading(), so that answers to earlier calls can be discarded. Also read on the database's
  /// threads.
  std::atomic<std::uint64_t> tenure_ = 0;
  bool started_ = false;  // the runs have been read from the database in this term

  JobQueue queue_;
  std::vector<uws::JobId> unread_;       // queued jobs that have not been read from the database yet
  std::set<uws::JobId> left_meanwhile_;  // jobs that left the queue while jobs were being read
  std::size_t being_read_ = 0;           // number of jobs that are being read now
  bool reading_queue_ = false;
  // Number of jobs that were queued when this service began to lead and have not been read yet; nullopt: not known yet.
  std::optional<std::size_t> found_at_start_;
  ClaimLoop claim_loop_;

  mutable std::mutex health_mutex_;
  std::map<std::string, std::pair<bool, std::string>> health_;  // by engine: whether jobs can run there, and a note
  std::string leadership_note_;                                 // empty while this service leads
};

}  // namespace executor
