// One attempt at a job, from its claim until its container is removed: fetch, submit, run, collect, commit, release.
//
// Everything runs on the executor's loop, except work that blocks on the disk (on a worker) and commits (on the
// database's threads); their results are posted back to the loop. A request to abort or destroy the job is recorded,
// and the present stage acts on it. Owned by the executor; callbacks hold weak references.
//
// The stages, and what leads from one to the next:
//
//   stage        what the run waits for         next stage
//   recovering   the engine's word on a run     as that says: fetching, submitting, running, collecting, committing;
//                of an earlier process          releasing if the job's end is committed
//   fetching     inputs that are given by URL   submitting; committing if one cannot be fetched or the job is stopped
//   submitting   the start of the container     running; collecting if it has ended already; committing if it cannot
//                                               be started or is stopped before
//   running      the container's end            collecting; committing if the container is lost or cannot be stopped
//   collecting   the rest of log and outputs    committing; releasing if the engine's disk was full and the job goes
//                                               back to the queue
//   committing   the commit of the job's end    releasing
//   releasing    the container's removal, and   none: the executor forgets the run
//                its commit
//
// The job's destruction leads from every stage before committing to releasing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/admission.h"
#include "executor/claims.h"
#include "executor/ends.h"
#include "executor/engine_link.h"
#include "executor/job_info.h"
#include "executor/live_board.h"
#include "executor/logs.h"
#include "executor/outputs.h"
#include "executor/ports.h"
#include "executor/staging.h"
#include "util/async.h"
#include "util/worker_pool.h"
#include "uws/core/job_claims.h"

namespace executor {

/// What every run needs; outlives all runs.
struct RunContext {
  util::EventLoop& loop;
  util::Poster poster;
  store::Database& database;
  store::BlobStore& blobs;
  net::Client& client;
  uws::JobClaims& jobs;
  const Admission& admission;
  const Options& options;
  util::WorkerPool& workers;
  std::shared_ptr<LiveBoard> board;
  const bool& leads;  // false: no container is started, and nothing is committed
  std::function<void()> capacity_freed;
  std::function<void(const RunId&)> over;  // the run is released: nothing of it is left
  /// The engine's disk was full before the command started, and the job has been queued again.
  std::function<void(const uws::JobId&, EngineLink&, std::chrono::seconds pause)> disk_was_full;
};

class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(RunContext& context, EngineLink& link, Claim claim);

  /// Starts a run that has just been claimed.
  void begin();
  /// Continues a run of an earlier process or another leader, found in the table of runs, by asking the engine for its
  /// state. `destroyed`: its job has been destroyed.
  void recover(bool destroyed);

  void want_abort() { stop(Stop::abort); }
  void want_destroy() { stop(Stop::destroy); }
  /// Takes the measured disk use of the run's files, and stops the run if it is above the limit.
  void note_disk_use(std::uint64_t bytes);
  /// Something may have changed on the engine.
  void on_hint();
  void on_status(const RunStatus& status);
  void note_step(const std::string& step, util::Instant when) { info_.steps[step] = when; }

  const RunId& id() const { return row_.id; }
  const uws::JobId& job() const { return job_.id; }
  const EngineLink& link() const { return link_; }
  const uws::Owner& owner() const { return job_.owner; }
  bool is_running() const { return stage_ == Stage::running; }
  bool holds_capacity() const { return !releasing_.hold_is_ended; }
  /// nullopt: unknown, because the job has no execution duration or is paused.
  std::optional<util::Instant> ends_at_the_latest() const;

 private:
  // Pauses before a failed call or commit is repeated.
  static constexpr std::chrono::milliseconds longest_pause{10'000};
  static constexpr std::chrono::milliseconds commit_pause{1000};
  /// After so many refused calls in one stage the run gives up. After so many `unknown` statuses in a row, a run that
  /// is being stopped is removed by force.
  static constexpr int most_refusals = 5;
  static constexpr int most_unknown = 10;

  enum class Stage { recovering, fetching, submitting, running, collecting, committing, releasing };

  /// Returns a function that may be called on any thread. It calls `member` on the loop if this run still exists.
  template <typename... Arguments>
  auto later(void (Run::*member)(Arguments...)) {
    return [weak = weak_from_this(), poster = context_.poster, member](auto&&... arguments) {
      poster([weak, member,
              ... kept = std::decay_t<decltype(arguments)>(std::forward<decltype(arguments)>(arguments))]() mutable {
        if (const auto self = weak.lock()) ((*self).*member)(std::move(kept)...);
      });
    };
  }
  /// The same for callers that are on the loop already.
  template <typename... Arguments>
  auto here(void (Run::*member)(Arguments...)) {
    return [weak = weak_from_this(), member](auto&&... arguments) {
      if (const auto self = weak.lock()) ((*self).*member)(std::forward<decltype(arguments)>(arguments)...);
    };
  }
  void after(std::chrono::milliseconds delay, void (Run::*member)()) { context_.loop.after(delay, here(member)); }
  void again_after_pause(void (Run::*member)());
  /// Schedules the repetition of a failed call and returns true; returns false if the engine has refused it too often.
  bool tries_again(const util::Error& error, void (Run::*member)());

  // Staging, start and running: run.cpp
  void fetch_inputs();
  void on_fetched(util::Result<InputFetch::Fetched> fetched);
  void submit();
  void on_submitted(util::Result<RunStatus> answer);
  void note_engine_queue(const RunStatus& status);
  void arm_staging_timeout();
  void on_staging_timeout();
  void on_recovered(const RunStatus& status);
  void note_missed_deadline(const RunEnd& ended);
  void inspect();
  void started(const RunStatus& status);
  /// nullopt: unknown, as in ends_at_the_latest().
  std::optional<util::Instant> expected_hold_end() const;
  void commit_executing();
  void on_executing_committed(util::Result<bool> answer);
  void follow_logs();
  void on_logs(const util::Result<void>& answer);
  void arm_duration();
  void probe_ports(const std::vector<Endpoint>& endpoints);
  void show_progress(Progress progress);
  void show();
  void take_facts(const RunStatus& status);

  // While the container is paused on the engine, the job is SUSPENDED: run_pauses.cpp
  void note_pause(bool is_paused);
  void follow_pause();
  void on_pause_committed(util::Result<bool> answer);

  // The end of the run: run_end.cpp
  void stop(Stop reason);
  void act_on_stop();
  void send_cancel();
  void give_up_stopping();
  void on_cancelled(const util::Result<void>& answer);
  void on_duration();
  void on_ended(const RunEnd& ended);
  void on_lost();
  bool may_go_back() const;
  void collect();
  void on_collected(std::shared_ptr<OutputCollector> collector, util::Result<CollectedOutputs> answer);
  void on_collect_timeout();
  void collect_no_more(std::string why);
  void read_log_no_more(const std::string& why);
  void seal_when_whole();
  struct Sealing;
  void on_sealed(const std::shared_ptr<Sealing>& sealing);
  EndFacts facts() const;
  /// Ends the job with this verdict and the results that exist.
  void conclude(Verdict verdict);
  void commit_end();
  void on_end_committed(util::Result<bool> answer);
  void release();
  void on_released(const util::Result<void>& answer);
  void commit_released();
  void on_released_committed(const util::Result<bool>& answer);
  void remove_blobs_of_inputs();
  void remove_blobs_of_results();

  RunContext& context_;
  EngineLink& link_;
  uws::Job job_;
  const RunRow row_;
  task::ContainerTask task_;
  Stage stage_ = Stage::fetching;
  JobInfo info_;
  std::optional<Progress> progress_;
  bool inspect_is_scheduled_ = false;

  /// Why the run is to end before its command ends by itself.
  struct Stopping {
    Stop reason = Stop::none;
    std::optional<util::Instant> sent_at;  // when the engine was first asked to stop the container
    bool job_is_destroyed = false;
    std::uint64_t disk_bytes = 0;
  } stopping_;

  static constexpr std::chrono::milliseconds first_pause{250};
  /// Failed calls to the engine in this stage.
  struct Repeating {
    std::chrono::milliseconds pause = first_pause;
    int refusals = 0;
    int unknown = 0;  // `unknown` statuses in a row
  } repeating_;

  // What belongs to one stage, or begins with it.

  struct Staging {  // fetching, submitting
    std::shared_ptr<InputFetch> fetch;
    InputFetch::Fetched fetched;
    bool is_accepted =
        false;  // submit() is done, and the run waits in the engine's own queue, or is prepared from there
    /// For the staging timeout. The time in the engine's own queue does not count.
    std::optional<util::EventLoop::TimerId> timer;
  } staging_;

  struct Running {
    std::optional<util::Instant> started_at;
    bool commit_in_flight = false;  // a commit of the phase is under way
    Pauses pauses;
    std::vector<std::shared_ptr<PortProbe>> probes;
    std::optional<util::EventLoop::TimerId> timer;  // for the execution duration
  } running_;

  struct Logs {  // running, collecting
    std::shared_ptr<LogRecorder> recorder;
    bool are_whole = false;
  } logs_;

  struct Collecting {
    std::optional<util::EventLoop::TimerId> timer;
    bool outputs_are_whole = false;
    std::shared_ptr<OutputCollector> outputs;
    std::vector<std::string> missing;
    std::vector<std::string> notes;  // for jobInfo
    std::string failure;             // why the outputs could not be collected
  } collecting_;

  struct End {  // committing
    std::vector<uws::ResultEntry> results;
    Verdict verdict;
    std::optional<util::Instant> time;
    std::shared_ptr<const uws::JobClaims::Ending> committed;  // set when the end is first committed; has the results
    bool waits_for_commit = false;                            // of the phase
  } end_;

  struct Releasing {
    bool hold_is_ended = false;
    bool job_goes_back = false;  // to the queue, once this run is released
  } releasing_;
};

}  // namespace executor
