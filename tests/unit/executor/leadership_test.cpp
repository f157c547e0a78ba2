// Tests several services on one database: only the leader handles the runs.
#include "world.h"

namespace executor::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using Role = store::LeadershipStatus::Role;
using uws::Phase;

class StandingBy : public Jobs {
 protected:
  void SetUp() override { world.start(); }
  uws::JobId running(const Words& words) {
    const auto id = world.create(words);
    EXPECT_TRUE(world.until_phase(id, Phase::executing));
    return id;
  }
};

TEST_F(StandingBy, RunsNothingAndTellsEveryJobWhy) {
  world.set_leadership(Role::standby, 0, "another service does");
  const auto id = world.create({"print", "x"});
  world.settle();
  EXPECT_EQ(world.shown(id), "this service runs no jobs: another service does");
  const uws::Health::Report report = world.report();
  EXPECT_TRUE(report.available);
  EXPECT_THAT(report.notes, Contains("runs no jobs: another service does"));
  EXPECT_EQ(world.phase(id), Phase::queued);
  EXPECT_EQ(world.holds(), 0U);
  EXPECT_THAT(report.notes, ::testing::Not(Contains(HasSubstr("for operators"))));

  world.set_leadership(Role::leader, 2);
  EXPECT_PHASE(world.until_ended(id), "COMPLETED");
  EXPECT_THAT(world.report().notes, ::testing::Not(Contains(HasSubstr("runs no jobs"))));
}

TEST_F(StandingBy, LeavesRunsToWhoLeads) {
  const auto id = running({"print", "x", "then", "sleep", "0.2", "then", "print", "y"});
  const RunId run = world.run_of(id);
  world.set_leadership(Role::standby, 0, "another service does");
  ASSERT_TRUE(world.until([&] { return world.daemon->is_ended(run); }));
  world.settle();
  EXPECT_EQ(world.phase(id), Phase::executing);
  EXPECT_THAT(world.daemon->present(), Contains(run.name()));

  world.set_leadership(Role::leader, 3);
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_EQ(world.text_of(job, "stdout"), "x\ny\n");
  EXPECT_EQ(world.daemon->starts(), 1);
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(StandingBy, DoesNotSweepTheEngine) {
  const auto id = running({"sleep", "100"});
  world.set_leadership(Role::standby, 0, "another service does");
  world.daemon->go_away();
  world.daemon->come_back();
  // If this service reconciled with the engine, each call (describe, list, release) would need one round of the loop.
  for (int round = 0; round < 10; ++round) world.settle();
  EXPECT_THAT(world.daemon->present(), Contains(world.run_of(id).name()));
}

TEST_F(StandingBy, WhatWaitsIsForgottenAndReadAnew) {
  const auto runner = world.create({"sleep", "100"}, {{"CORES", "8"}});
  ASSERT_TRUE(world.until_phase(runner, Phase::executing));
  const auto first = world.create({"print", "x"}, {{"CORES", "8"}});
  const auto second = world.create({"print", "x"}, {{"CORES", "8"}});
  ASSERT_TRUE(world.until([&] { return world.queue_position(second) == 2; }));
  world.set_leadership(Role::standby, 0, "another service does");
  EXPECT_EQ(world.queue_position(second), std::nullopt);
  EXPECT_EQ(world.shown(second), "this service runs no jobs: another service does");
  ASSERT_TRUE(world.abort(first).ok());
  const auto third = world.create({"print", "x"}, {{"CORES", "8"}});

  world.set_leadership(Role::leader, 2);
  ASSERT_TRUE(world.until([&] { return world.queue_position(third) == 2; }));
  EXPECT_EQ(world.queue_position(second), 1);
  EXPECT_EQ(world.queue_position(first), std::nullopt);
  ASSERT_TRUE(world.abort(runner).ok());
  EXPECT_PHASE(world.until_ended(second), "COMPLETED");
  EXPECT_PHASE(world.until_ended(third), "COMPLETED");
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(StandingBy, WhatItWasAboutToClaimIsLeftToWhoLeads) {
  world.stop();
  world.options.runs.reconcile = std::chrono::hours{1};  // rarely: it would find a job that is claimed but not begun
  world.daemon->set_disk(DiskSpace{1 << 20, 200LL << 30});
  world.start();
  const auto id = world.create({"print", "x"});
  ASSERT_TRUE(world.until([&] { return world.shown(id).find("nearly full") != std::string::npos; }));
  auto held = world.hold_database();
  world.daemon->set_disk(DiskSpace{100LL << 30, 200LL << 30});
  ASSERT_TRUE(world.until([&] { return world.report().available; }));
  world.settle();  // now a round of claims waits for the database
  world.set_leadership(Role::standby, 0, "another service does");
  world.set_leadership(Role::leader, 2);
  ASSERT_TRUE(world.until([&] { return world.queue_position(id) == 1; }));
  held.reset();
  EXPECT_PHASE(world.until_ended(id), "COMPLETED");
  EXPECT_EQ(world.get(id)->fence, 1);
}

class InDoubt : public StandingBy {};

TEST_F(InDoubt, NothingIsBegunAndNothingEnded) {
  const auto before = running({"print", "x", "then", "sleep", "0.2"});
  const RunId run = world.run_of(before);
  world.set_leadership(Role::in_doubt, 0, "the database does not answer");
  const auto meanwhile = world.create({"print", "y"});
  ASSERT_TRUE(world.until([&] { return world.daemon->is_ended(run); }));
  world.settle();
  EXPECT_EQ(world.phase(before), Phase::executing);
  EXPECT_EQ(world.phase(meanwhile), Phase::queued);
  EXPECT_THAT(world.report().notes, Contains("begins no jobs: the database does not answer"));

  world.set_leadership(Role::leader, 1);
  EXPECT_PHASE(world.until_ended(before), "COMPLETED");
  EXPECT_PHASE(world.until_ended(meanwhile), "COMPLETED");
  EXPECT_EQ(world.daemon->starts(), 2);
}

TEST_F(InDoubt, WhatAnotherServiceDidMeanwhileIsSeen) {
  const auto id = running({"sleep", "100"});
  world.set_leadership(Role::in_doubt, 0, "the database does not answer");
  world.set_leadership(Role::leader, 3);  // in term 2 another service was the leader
  ASSERT_TRUE(world.abort(id).ok());
  EXPECT_PHASE(world.until_ended(id), "ABORTED");
  EXPECT_TRUE(world.until_nothing_is_left());
}

}  // namespace
}  // namespace executor::testing
