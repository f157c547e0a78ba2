// A whole service without HTTP for the tests of the executor: SQLite, blobs, job service, executor, and the daemon of a
// fake engine, which survives restarts of the service. The test's thread makes the calls and waits for their results.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "executor/options.h"
#include "fakes/fake_engine.h"
#include "store/leadership.h"
#include "task/application.h"
#include "task/policy.h"
#include "uws/core/job.h"
#include "uws/core/seams.h"

namespace executor::testing {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using Words = std::vector<std::string>;

uws::JobRequest given(const Pairs& pairs);

class World {
 public:
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Creates everything but the daemon anew, with the current value of `options`. The service is the leader.
  void start();
  /// Tells the executor its role among the services of the installation, and the term.
  void set_leadership(store::LeadershipStatus::Role role, std::int64_t term, const std::string& why = {});
  /// Stops the service in an orderly way, as on SIGTERM. The containers continue.
  void stop();

  uws::Parameter upload(const std::string& name, const std::string& bytes);
  /// Creates a job with PHASE=RUN.
  uws::JobId create(uws::JobRequest what, std::chrono::seconds duration = std::chrono::seconds{3600});
  /// Creates a job with PHASE=RUN, of the fake engine's image, with these words as its arguments.
  uws::JobId create(const Words& words, Pairs more = {}, std::chrono::seconds duration = std::chrono::seconds{3600});

  /// Creates a job with PHASE=RUN in the job list of that application.
  uws::JobId create_in(const std::string& application, uws::JobRequest what);

  /// Creates a job with PHASE=RUN that belongs to `owner`.
  uws::JobId create_for(const std::string& owner, const Words& words, Pairs more = {});
  util::Status destroy_for(const std::string& owner, const uws::JobId& id);

  /// The job, whatever its job list.
  util::Result<uws::Job> get(const uws::JobId& id);
  util::Status abort(const uws::JobId& id);
  util::Status destroy(const uws::JobId& id);
  uws::Phase phase(const uws::JobId& id);
  std::shared_ptr<const uws::LiveState> live(const uws::JobId& id);
  std::optional<util::Instant> quote_if_run(const uws::Job& job);
  /// The progress message or reason that jobInfo shows now.
  std::string shown(const uws::JobId& id);
  /// The queue position that jobInfo shows now.
  std::optional<std::int64_t> queue_position(const uws::JobId& id);
  /// The current content of a log that still grows; empty if there is none.
  std::string live_text(const uws::JobId& id, const std::string& result);
  uws::Health::Report report();
  /// Waits until the executor's loop has run everything that was posted to it so far.
  void settle();
  /// Blocks the database's writer: nothing is committed until the returned object is destroyed.
  std::shared_ptr<void> hold_database();
  /// The id of the job's run in the database.
  RunId run_of(const uws::JobId& id);
  std::size_t holds();

  bool until(const std::function<bool()>& condition);
  bool until_phase(const uws::JobId& id, uws::Phase wanted);
  uws::Job until_ended(const uws::JobId& id);
  /// True once there is no container, no row of a run, and no hold.
  bool until_nothing_is_left();

  std::string text_of(const uws::Job& job, const std::string& id);
  std::size_t blob_count() const;

  Options options;
  task::PolicyOptions policy;
  task::Applications applications;
  std::shared_ptr<FakeDaemon> daemon = std::make_shared<FakeDaemon>();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

Words result_ids(const uws::Job& job);

class Jobs : public ::testing::Test {
 protected:
  World world;
};

#define EXPECT_PHASE(job, word) \
  EXPECT_EQ(uws::to_string((job).phase), word) << ((job).error ? (job).error->message : "")

}  // namespace executor::testing
