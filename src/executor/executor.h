// Takes queued jobs to their end on the engines.
//
// All state lives on one loop thread; a run is a state machine there (run.h). Other threads only post to it, or read
// the LiveBoard, the Admission and the health report, each behind its own lock. It takes care of runs only while it is
// told to lead (stand()): another service on the same database may do so. Owner: main, which makes it, gives it
// the engines, attaches the job service, and stops it before the database, the blobs and the client. Containers go on
// when it stops; who leads next finds them again.
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
#include "executor/disk_watch.h"
#include "executor/engine.h"
#include "executor/image_book.h"
#include "executor/options.h"
#include "executor/run.h"
#include "store/leadership.h"
#include "uws/core/seams.h"

namespace executor {

class Executor : public uws::RunControl, public uws::LiveView, public uws::Health {
 public:
  /// `invalid_argument` when an allowed address is none.
  static util::Result<std::unique_ptr<Executor>> create(Options options, store::Database& database,
                                                        store::BlobStore& blobs, net::Client& client,
                                                        task::Policy policy, task::Applications applications = {},
                                                        task::Catalogue catalogue = task::Catalogue::built_in());
  ~Executor() override;

  // Before start(), in this order.
  /// Engines are made with it: their callbacks come there.
  util::EventLoop& loop() { return *loop_; }
  Poster poster() const;
  void add_engine(std::unique_ptr<Engine> engine);
  void attach(uws::JobService& jobs);

  /// Asks the engines what they are.
  void start();
  void stop();
  /// Who leads takes up what an earlier life or another service left, then the queue; who does not lets go of it, and
  /// only answers. Any thread.
  void stand(const store::Standing& standing);

  uws::JobAcceptor& acceptor() { return acceptor_; }
  /// Of a configured application's list.
  uws::JobAcceptor& acceptor_of(const task::Application& application) {
    return application_acceptors_.at(application.name);
  }
  const Admission& admission() const { return admission_; }
  /// Who is asked for an image that no engine has; before start().
  void ask_registries_with(AskRegistry ask) { ask_registry_ = std::move(ask); }
  ImageBook& images() { return images_; }
  /// How soon a task of this owner with these needs would start at the latest, if nobody came after it; nullopt: nobody
  /// knows. Any thread; `done` later, on any thread.
  void outlook(const uws::Owner& owner, const ledger::Amount& needs,
               std::function<void(std::optional<std::chrono::seconds>)> done);

  void check_runnable(const uws::ListName& list, const uws::Owner& owner, const std::vector<uws::Parameter>& parameters,
                      Done done) override;
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

  // All of these on the loop.
  void take_up(const std::vector<FoundClaim>& stock);
  void on_standing(const store::Standing& standing);
  void show_standing(const store::Standing& standing);
  void let_go();
  void resume();
  /// It leads, and knows which runs there are.
  bool runs_jobs() const { return leads_ && started_; }
  /// To be done if it has not let go of everything meanwhile.
  Task in_this_tenure(Task task);
  void take_stock();
  void on_stock(util::Result<std::vector<FoundClaim>> answer, const std::set<RunId>& known);
  void on_described(EngineLink& link);
  void on_refused(EngineLink& link);
  void on_capacity_set(EngineLink& link, const ledger::Amount& capacity, const util::Status& status);
  void on_away(EngineLink& link);
  void on_hint(EngineLink& link, const std::optional<RunId>& run);
  void on_status(const RunStatus& status);
  void settled(const RunId& id);
  void sweep(EngineLink& link);
  void release_stray(EngineLink& link, const RunId& run);
  void reconcile();
  void wish(const uws::JobId& id, Stop reason);
  void add_run(EngineLink& link, Claim claim);
  EngineLink* link_of(const std::string& engine);
  ImageBook::Engines engines_now() const;
  void note_health(const EngineLink& link);
  void strand(const RunRow& row);

  // The queue, and who begins: executor_queue.cpp
  /// What waited when this began to lead is known.
  bool knows_queue() const { return found_at_start_ == std::size_t{0}; }
  void read_queue();
  void read_queue_after(const uws::QueuePlace& place);
  void on_queue(util::Result<std::vector<uws::QueuePlace>> answer);
  void learn();
  void on_learnt(const std::vector<uws::JobId>& asked, util::Result<std::vector<JobQueue::Job>> answer);
  void left_queue(const uws::JobId& id);
  JobQueue::Supply supply() const;
  void fill();
  void fill_later();
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
  uws::JobService* jobs_ = nullptr;
  store::BlobStore& blobs_;
  net::Client& client_;
  std::unique_ptr<RunContext> context_;

  AskRegistry ask_registry_;
  ImageBook images_;
  std::map<std::string, std::unique_ptr<EngineLink>> links_;
  std::map<std::string, std::unique_ptr<DiskWatch>> disks_;
  std::map<std::string, ledger::Amount> capacities_;  // of engines that answered once, and run something
  std::map<RunId, std::shared_ptr<Run>> runs_;
  std::map<uws::JobId, RunId> run_of_job_;
  std::set<RunId> taken_up_;                 // of an earlier life, and the engine has not told yet what became of them
  std::set<RunId> stranded_;                 // of engines that are not configured any more: left alone
  std::map<uws::JobId, Stop> early_wishes_;  // came while their job's claim was on its way to us
  bool leads_ = false;
  std::int64_t term_ = 0;  // of the leadership, also while that is in doubt; 0: another service leads
  /// Grows when it lets go: what was asked for before is not wanted any more. Read by the database's threads too.
  std::atomic<std::uint64_t> tenure_ = 0;
  bool started_ = false;  // stock was taken in this term

  JobQueue queue_;
  std::vector<uws::JobId> fresh_;        // are told to be queued, and not read yet
  std::set<uws::JobId> left_meanwhile_;  // the queue, while it was read
  std::size_t learning_ = 0;             // so many are being read
  bool reading_queue_ = false;
  std::optional<std::size_t> found_at_start_;  // of the queue, and not yet read; nullopt: it is being looked for
  bool filling_ = false;
  bool fill_again_ = false;
  bool filling_later_ = false;

  mutable std::mutex health_mutex_;
  std::map<std::string, std::pair<bool, std::string>> health_;  // by engine: up, and a note
  std::string standing_note_;                                   // empty: it leads
};

}  // namespace executor
