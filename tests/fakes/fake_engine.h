// An engine in memory, for the executor's tests: containers of one image, conformance:test, which act a small
// vocabulary (fakes/fake_container.h). Every other image is missing.
//
// The daemon is what a real engine's daemon is: it outlives the FakeEngines that talk to it, so that a second executor
// finds what a first one left. Its knobs may be turned from any thread.
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

namespace executor::testing {

class FakeDaemon {
 public:
  FakeDaemon() = default;
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  // Knobs.
  void set_capacity(Capacity capacity);
  /// It says that nothing may run there.
  void allow_no_runs(std::string why);
  /// Submits stay in preparation until let go; what they show meanwhile.
  void hold_submits(Progress shown = {"pulling", 10});
  void let_submits_go();
  /// The next so many submits are not answered.
  void fail_submits(int count);
  /// The next submits come to this end without a container.
  void refuse_next(EndCause cause, std::string detail, int times = 1);
  /// nullopt: it cannot be told.
  void set_disk(std::optional<DiskSpace> space);
  /// Of every run.
  void set_disk_use(std::uint64_t bytes);
  void lose_events(bool lose);
  /// Nothing is answered until it comes back; containers go on.
  void go_away();
  void come_back();
  /// As `docker pause`; what its container does goes on all the same.
  void pause(const RunId& run, bool is_paused = true);
  /// As if somebody had removed the container.
  void forget(const RunId& run);
  /// From now on these calls about that run end so: "inspect", "cancel", "logs", "collect". Others are not touched.
  void fail_calls(const RunId& run, const std::set<std::string>& calls, util::ErrorCode code);
  /// How far its clock is ahead of this service's.
  void set_clock_ahead(std::chrono::milliseconds ahead);
  /// collect() is answered only while not held.
  void hold_collects(bool hold);

  // What a test wants to know.
  std::vector<std::string> present() const;
  int submits() const;
  int starts() const;
  bool is_ended(const RunId& run) const;

 private:
  friend class FakeEngine;
  struct Watcher {
    Poster poster;
    std::function<void(std::optional<RunId>)> hint;
  };
  using Containers = std::map<RunId, std::shared_ptr<FakeContainer>>;

  void live(const std::shared_ptr<FakeContainer>& container, const Poster& poster, const Callback<RunStatus>& done);
  bool prepare(FakeContainer& container, std::unique_lock<std::mutex>& lock);
  bool stage_inputs(FakeContainer& container, std::unique_lock<std::mutex>& lock);
  bool bind_ports(FakeContainer& container);
  void tell(const std::optional<RunId>& run);
  util::Instant now() const { return util::now() + clock_ahead_; }
  /// As every engine tells it: with this service's times.
  RunStatus translated(RunStatus status) const;
  /// Whether the call is to fail, and how.
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
  /// Lists only the runs of that installation; all of them when it is empty.
  FakeEngine(std::string name, Poster poster, std::shared_ptr<FakeDaemon> daemon, std::string installation = "");
  ~FakeEngine() override;

  const std::string& name() const override { return name_; }
  void ping(Callback<void> done) override;
  void describe(Callback<Description> done) override;
  void submit(RunSpec spec, Callback<RunStatus> done) override;
  void inspect(std::vector<RunId> runs, Callback<std::vector<RunStatus>> done) override;
  void cancel(const RunId& run, std::chrono::seconds grace, Callback<void> done) override;
  void logs(const RunId& run, std::shared_ptr<LogSink> sink, Callback<void> done) override;
  void collect(const RunId& run, std::vector<OutputPattern> outputs, std::shared_ptr<OutputSink> sink,
               Callback<CollectedOutputs> done) override;
  void release(const RunId& run, Callback<void> done) override;
  void watch(std::function<void(std::optional<RunId>)> hint) override;
  void image(const task::ImageReference& reference, Callback<ImageFacts> done) override;
  void disk_space(Callback<std::optional<DiskSpace>> done) override;
  void disk_use(std::vector<RunId> runs, Callback<std::map<RunId, std::uint64_t>> done) override;
  void list_owned(Callback<std::vector<RunId>> done) override;

 private:
  template <typename T>
  void answer(const Callback<T>& done, util::Result<T> result) {
    poster_([done, result = std::move(result)] { done(result); });
  }
  std::shared_ptr<FakeContainer> find(const RunId& run) const;
  util::Status follow(const std::shared_ptr<FakeContainer>& container, LogSink& sink);
  CollectedOutputs copy_out(const FakeContainer& container, const std::vector<OutputPattern>& outputs,
                            OutputSink& sink);

  const std::string name_;
  const Poster poster_;
  const std::shared_ptr<FakeDaemon> daemon_;
  const std::string installation_;
  bool stopping_ = false;  // guarded by the daemon's monitor
  std::vector<std::thread> threads_;
};

}  // namespace executor::testing
