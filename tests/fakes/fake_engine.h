// An engine in memory, for the executor's tests. It has one image, conformance:test, whose containers execute the verbs
// of fakes/fake_container.h. Every other image is missing.
//
// FakeDaemon stands for the daemon of a real engine: it outlives the FakeEngines that use it, so that a second executor
// finds what a first one left. Tests may call its functions from any thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "executor/engine.h"
#include "fakes/fake_container.h"
#include "util/async.h"

namespace executor::testing {

class FakeDaemon {
 public:
  FakeDaemon() = default;
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  // How the daemon behaves.
  void set_capacity(Capacity capacity);
  /// From now on describe() says that nothing may run on this engine, and why.
  void allow_no_runs(std::string why);
  /// From now on submitted runs stay in preparation, with `shown` as their progress, until let_submits_go().
  void hold_submits(Progress shown = {"pulling", 10});
  void let_submits_go();
  /// From now on the daemon has a queue of its own: submitted runs are accepted and wait, until start_queued().
  void queue_submits();
  void start_queued();
  /// The next `count` calls of submit() fail.
  void fail_submits(int count);
  /// The next submitted runs end with this cause, without a container.
  void refuse_next(EndCause cause, std::string detail, int times = 1);
  /// nullopt: the engine cannot say how much space there is.
  void set_disk(std::optional<DiskSpace> space);
  /// The bytes that each run is reported to use.
  void set_disk_use(std::uint64_t bytes);
  void lose_events(bool lose);
  /// From now on every call fails as unavailable, until come_back(). The containers continue.
  void go_away();
  void come_back();
  /// Shows the run as paused, as after `docker pause`. In fact its container continues.
  void pause(const RunId& run, bool is_paused = true);
  /// Removes the container of the run, as if somebody had removed it on the engine.
  void forget(const RunId& run);
  /// From now on these calls for that run fail with this code: "inspect", "cancel", "logs", "collect".
  void fail_calls(const RunId& run, const std::set<std::string>& calls, util::ErrorCode code);
  /// Sets how far the daemon's clock is ahead of this service's clock.
  void set_clock_ahead(std::chrono::milliseconds ahead);
  /// True: collect() is not answered until this is called with false.
  void hold_collects(bool hold);

  // What tests look at.
  std::vector<std::string> present() const;
  int submits() const;
  int starts() const;
  bool is_ended(const RunId& run) const;

 private:
  friend class FakeEngine;
  struct Watcher {
    util::Poster poster;
    std::function<void(std::optional<RunId>)> hint;
  };
  using Containers = std::map<RunId, std::shared_ptr<FakeContainer>>;

  void live(const std::shared_ptr<FakeContainer>& container, const util::Poster& poster,
            const util::Callback<RunStatus>& done);
  bool prepare(FakeContainer& container, std::unique_lock<std::mutex>& lock);
  bool stage_inputs(FakeContainer& container, std::unique_lock<std::mutex>& lock);
  bool bind_ports(FakeContainer& container);
  void tell(const std::optional<RunId>& run);
  util::Instant now() const { return util::now() + clock_ahead_; }
  /// The status with its times converted to this service's clock, as every engine must do.
  RunStatus translated(RunStatus status) const;
  /// The error with which this call is to fail, if fail_calls() asked for one.
  std::optional<util::Error> failure(const RunId& run, const std::string& call) const;
  void end_without_start(FakeContainer& container, EndCause cause, std::string detail);

  mutable Monitor monitor_;
  Containers containers_;
  std::vector<std::thread> threads_;
  std::map<const void*, Watcher> watchers_;
  Capacity capacity_{8000, 8LL << 30};
  std::optional<DiskSpace> disk_ = DiskSpace{100ULL << 30U, 200ULL << 30U};
  std::uint64_t disk_use_ = 0;
  Progress shown_;
  bool submits_held_ = false;
  bool has_queue_ = false;
  bool queue_stands_ = false;
  bool collects_held_ = false;
  bool events_lost_ = false;
  bool away_ = false;
  int failing_submits_ = 0;
  std::chrono::milliseconds clock_ahead_{0};
  std::map<RunId, std::pair<std::set<std::string>, util::ErrorCode>> failures_;
  std::optional<std::pair<EndCause, std::string>> refusal_;
  int refusals_ = 0;
  std::optional<std::string> no_runs_;
  int submits_ = 0;
  int starts_ = 0;
};

class FakeEngine : public Engine {
 public:
  /// list_owned() lists the runs of this installation only; all runs if `installation` is empty.
  FakeEngine(std::string name, util::Poster poster, std::shared_ptr<FakeDaemon> daemon, std::string installation = "");
  ~FakeEngine() override;

  const std::string& name() const override { return name_; }
  void ping(util::Callback<void> done) override;
  void describe(util::Callback<Description> done) override;
  void submit(RunSpec spec, util::Callback<RunStatus> done) override;
  void inspect(std::vector<RunId> runs, util::Callback<std::vector<RunStatus>> done) override;
  void cancel(const RunId& run, std::chrono::seconds grace, util::Callback<void> done) override;
  void logs(const RunId& run, std::shared_ptr<LogSink> sink, util::Callback<void> done) override;
  void collect(const RunId& run, std::vector<OutputPattern> outputs, std::shared_ptr<OutputSink> sink,
               util::Callback<CollectedOutputs> done) override;
  void release(const RunId& run, util::Callback<void> done) override;
  void watch(std::function<void(std::optional<RunId>)> hint) override;
  void image(const task::ImageReference& reference, util::Callback<ImageFacts> done) override;
  void disk_space(util::Callback<std::optional<DiskSpace>> done) override;
  void disk_use(std::vector<RunId> runs, util::Callback<std::map<RunId, std::uint64_t>> done) override;
  void list_owned(util::Callback<std::vector<RunId>> done) override;

 private:
  template <typename T>
  void answer(const util::Callback<T>& done, util::Result<T> result) {
    poster_([done, result = std::move(result)] { done(result); });
  }
  std::shared_ptr<FakeContainer> find(const RunId& run) const;
  util::Status follow(const std::shared_ptr<FakeContainer>& container, LogSink& sink);
  CollectedOutputs copy_out(const FakeContainer& container, const std::vector<OutputPattern>& outputs,
                            OutputSink& sink);

  const std::string name_;
  const util::Poster poster_;
  const std::shared_ptr<FakeDaemon> daemon_;
  const std::string installation_;
  bool stopping_ = false;  // guarded by the daemon's monitor
  std::vector<std::thread> threads_;
};

}  // namespace executor::testing
