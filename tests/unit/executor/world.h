// A whole service without HTTP for the tests of the executor: SQLite, blobs, job service, executor, and a fake engine's
// daemon that survives restarts.
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

  /// Everything but the daemon is made anew, with the options as they are; it leads.
  void start();
  /// What the database says of who leads.
  void stand(store::Standing::Role role, std::int64_t term, const std::string& why = {});
  /// As main does on SIGTERM; containers go on.
  void stop();

  uws::Parameter upload(const std::string& name, const std::string& bytes);
  /// A job that was asked to run.
  uws::JobId create(uws::JobRequest what, std::chrono::seconds duration = std::chrono::seconds{3600});
  /// One of the fake's image with these words as its arguments.
  uws::JobId create(const Words& words, Pairs more = {}, std::chrono::seconds duration = std::chrono::seconds{3600});

  /// One of that application, asked to run.
  uws::JobId create_in(const std::string& application, uws::JobRequest what);

  /// The same, of somebody's.
  uws::JobId create_for(const std::string& owner, const Words& words, Pairs more = {});
  util::Status destroy_for(const std::string& owner, const uws::JobId& id);

  /// Of whatever list.
  util::Result<uws::Job> get(const uws::JobId& id);
  util::Status abort(const uws::JobId& id);
  util::Status destroy(const uws::JobId& id);
  uws::Phase phase(const uws::JobId& id);
  std::shared_ptr<const uws::LiveState> live(const uws::JobId& id);
  std::optional<util::Instant> quote_if_run(const uws::Job& job);
  /// The progress message or reason that jobInfo shows now.
  std::string shown(const uws::JobId& id);
  /// As jobInfo shows it now.
  std::optional<std::int64_t> queue_position(const uws::JobId& id);
  /// What a growing log shows now; empty when there is none.
  std::string live_text(const uws::JobId& id, const std::string& result);
  uws::Health::Report report();
  /// Answers when the executor's loop has done all that was posted to it.
  void settle();
  /// Nothing is committed until what is returned is dropped.
  std::shared_ptr<void> hold_database();
  /// The attempt of a job that has a row.
  RunId run_of(const uws::JobId& id);
  std::size_t holds();

  bool until(const std::function<bool()>& condition);
  bool until_phase(const uws::JobId& id, uws::Phase wanted);
  uws::Job until_ended(const uws::JobId& id);
  /// No container, no row, no hold.
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
