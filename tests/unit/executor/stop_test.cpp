// Tests abort, destruction and the execution duration, and races between them.
#include "world.h"

namespace executor::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using uws::Phase;

TEST_F(Jobs, AnAbortedJobKeepsItsResultsSoFar) {
  world.start();
  const auto id = world.create({"polite", "then", "print", "so far", "then", "write", "a", "1", "then", "sleep", "100"},
                               {{"OUTPUT", "*"}});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  ASSERT_TRUE(world.until([&] { return world.live_text(id, "stdout") == "so far\n"; }));
  ASSERT_TRUE(world.abort(id).ok());
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "ABORTED");
  EXPECT_FALSE(job.error.has_value());
  EXPECT_THAT(result_ids(job), ElementsAre("a", "stdout", "stderr"));
  EXPECT_EQ(world.text_of(job, "stdout"), "so far\n");
  EXPECT_EQ(job.info.find("exitCode")->as_int(), 42);
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Jobs, AStubbornProcessIsKilledAfterTheGrace) {
  world.options.runs.stop_grace = std::chrono::seconds{0};
  world.start();
  const auto id = world.create({"stubborn", "then", "sleep", "100"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  ASSERT_TRUE(world.abort(id).ok());
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "ABORTED");
  EXPECT_EQ(job.info.find("exitCode")->as_int(), 137);
}

TEST_F(Jobs, AbortWhileTheEnginePreparesEndsWithoutAContainer) {
  world.daemon->hold_submits();
  world.start();
  const auto id = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until([&] { return world.shown(id) == "pulling"; }));
  EXPECT_EQ(world.phase(id), Phase::queued);
  ASSERT_TRUE(world.abort(id).ok());
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "ABORTED");
  EXPECT_TRUE(world.until_nothing_is_left());
  EXPECT_EQ(world.daemon->starts(), 0);
}

TEST_F(Jobs, AnAbortThatComesAfterTheEndChangesNothing) {
  world.daemon->hold_collects(true);
  world.start();
  const auto id = world.create({"write", "a", "1"}, {{"OUTPUT", "a"}});
  ASSERT_TRUE(world.until([&] { return world.shown(id) == "collecting results"; }));
  ASSERT_TRUE(world.abort(id).ok());
  world.settle();
  world.daemon->hold_collects(false);
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_FALSE(job.abort_time);
}

TEST_F(Jobs, TheExecutionDurationEndsAJobAsAnAbort) {
  world.start();
  const auto id = world.create({"print", "begun", "then", "sleep", "100"}, {}, std::chrono::seconds{1});
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "ABORTED");
  ASSERT_TRUE(job.error);
  EXPECT_EQ(job.error->message, "the execution duration of 1 s is exceeded");
  EXPECT_EQ(world.text_of(job, "stdout"), "begun\n");
}

TEST_F(Jobs, ADestroyedJobLeavesNothing) {
  world.start();
  const auto id = world.create({"print", "x", "then", "sleep", "100"}, {{"OUTPUT", "a"}});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  ASSERT_TRUE(world.destroy(id).ok());
  EXPECT_FALSE(world.get(id).ok());
  EXPECT_TRUE(world.until_nothing_is_left());
  EXPECT_TRUE(world.until([&] { return world.blob_count() == 0; }));
  EXPECT_EQ(world.live(id), nullptr);
}

TEST_F(Jobs, DestroyWhileTheEnginePreparesLeavesNothing) {
  world.daemon->hold_submits();
  world.start();
  const auto id = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until([&] { return world.daemon->submits() == 1; }));
  ASSERT_TRUE(world.destroy(id).ok());
  EXPECT_TRUE(world.until_nothing_is_left());
  EXPECT_EQ(world.daemon->starts(), 0);
}

TEST_F(Jobs, DestroyWhileResultsAreCollectedLeavesNothing) {
  world.daemon->hold_collects(true);
  world.start();
  const auto id = world.create({"write", "a", "1"}, {{"OUTPUT", "a"}});
  ASSERT_TRUE(world.until([&] { return world.shown(id) == "collecting results"; }));
  ASSERT_TRUE(world.destroy(id).ok());
  EXPECT_TRUE(world.until_nothing_is_left()) << "at once, though the engine is still at it";
  EXPECT_TRUE(world.until([&] { return world.blob_count() == 0; }));
  world.daemon->hold_collects(false);
}

TEST_F(Jobs, AnAbortAtOnceAfterTheCreationEndsInAnEnd) {
  world.start();
  std::vector<uws::JobId> ids;
  for (int i = 0; i < 10; ++i) {
    ids.push_back(world.create({"sleep", "100"}));
    ASSERT_TRUE(world.abort(ids.back()).ok());
  }
  for (const auto& id : ids) EXPECT_PHASE(world.until_ended(id), "ABORTED");
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Jobs, ADestructionAtOnceAfterTheCreationLeavesNothing) {
  world.start();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(world.destroy(world.create({"sleep", "100"})).ok());
  EXPECT_TRUE(world.until_nothing_is_left());
  EXPECT_TRUE(world.until([&] { return world.blob_count() == 0; }));
}

TEST_F(Jobs, AnAbortThatMeetsTheExitEndsOnce) {
  world.start();
  for (int i = 0; i < 10; ++i) {
    const auto id = world.create({"sleep", "0.02", "then", "print", "done"});
    ASSERT_TRUE(world.until_phase(id, Phase::executing) || uws::is_ended(world.phase(id)));
    (void)world.abort(id);
    const uws::Job job = world.until_ended(id);
    EXPECT_TRUE(job.phase == Phase::aborted || job.phase == Phase::completed) << uws::to_string(job.phase);
  }
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Jobs, StagingThatTakesTooLongIsATransientError) {
  world.options.runs.staging_timeout = std::chrono::seconds{0};
  world.daemon->hold_submits();
  world.start();
  const uws::Job job = world.until_ended(world.create({"print", "x"}));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_FALSE(job.error->fatal);
  EXPECT_THAT(job.error->message, HasSubstr("not ready within 0 s"));
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Jobs, CollectingThatTakesTooLongIsATransientErrorWithTheLogs) {
  world.options.runs.collect_timeout = std::chrono::seconds{1};
  world.daemon->hold_collects(true);
  world.start();
  const uws::Job job = world.until_ended(world.create({"print", "x", "then", "write", "a", "1"}, {{"OUTPUT", "a"}}));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_FALSE(job.error->fatal);
  EXPECT_EQ(world.text_of(job, "stdout"), "x\n");
  world.daemon->hold_collects(false);
}

}  // namespace
}  // namespace executor::testing
