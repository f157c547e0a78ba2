// Tests what happens if this service, or its engine, goes away and comes back.
#include "world.h"

namespace executor::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using uws::Phase;

class Restart : public Jobs {
 protected:
  void restart() {
    world.stop();
    world.start();
  }
};

TEST_F(Restart, ARunningJobIsAdopted) {
  world.start();
  const auto id = world.create({"print", "before", "then", "polite", "then", "sleep", "100"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  const auto start = world.get(id)->start_time;
  restart();
  ASSERT_TRUE(world.until([&] { return world.live_text(id, "stdout") == "before\n"; }));
  EXPECT_EQ(world.phase(id), Phase::executing);
  ASSERT_TRUE(world.abort(id).ok());
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "ABORTED");
  EXPECT_EQ(job.start_time, start);
  EXPECT_EQ(world.text_of(job, "stdout"), "before\n");
  EXPECT_EQ(world.daemon->starts(), 1);
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Restart, AJobThatEndedMeanwhileIsCollected) {
  world.daemon->hold_collects(true);
  world.start();
  const auto id = world.create({"print", "x", "then", "write", "a", "1"}, {{"OUTPUT", "a"}});
  ASSERT_TRUE(world.until([&] { return world.shown(id) == "collecting results"; }));
  world.stop();
  world.daemon->hold_collects(false);
  world.start();
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_THAT(result_ids(job), ElementsAre("a", "stdout", "stderr"));
  EXPECT_EQ(world.text_of(job, "stdout"), "x\n");
}

/// The service is restarted when it has seen the end of a run but has not committed it, because the engine is slow to
/// return the outputs.
class RestartAtTheEnd : public Restart {
 protected:
  void SetUp() override {
    world.daemon->hold_collects(true);
    world.start();
  }
  uws::Job restart_while_collecting(const uws::JobId& id) {
    EXPECT_TRUE(world.until([&] { return world.shown(id) == "collecting results"; }));
    world.stop();
    world.daemon->hold_collects(false);
    world.start();
    return world.until_ended(id);
  }
};

TEST_F(RestartAtTheEnd, WhatTheFormerLifeAbortedIsAborted) {
  const auto id = world.create({"polite", "then", "sleep", "100"}, {{"OUTPUT", "a"}});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  ASSERT_TRUE(world.abort(id).ok());
  EXPECT_PHASE(restart_while_collecting(id), "ABORTED");
}

TEST_F(RestartAtTheEnd, WhatTheFormerLifeStoppedAtItsDeadlineIsAbortedWithTheReason) {
  const auto id = world.create({"polite", "then", "sleep", "100"}, {{"OUTPUT", "a"}}, std::chrono::seconds{1});
  const uws::Job job = restart_while_collecting(id);
  EXPECT_PHASE(job, "ABORTED");
  ASSERT_TRUE(job.error);
  EXPECT_THAT(job.error->message, HasSubstr("the execution duration of 1 s is exceeded"));
}

TEST_F(Restart, AClaimedJobThatTheEngineNeverSawIsSubmittedAgainUnderTheSameName) {
  world.daemon->fail_submits(1'000'000);
  world.start();
  const auto id = world.create({"print", "x"});
  ASSERT_TRUE(world.until([&] { return world.daemon->submits() > 0; }));
  const RunId before = world.run_of(id);
  world.stop();
  world.daemon->fail_submits(0);
  world.daemon->hold_submits();
  world.start();
  ASSERT_TRUE(world.until([&] { return world.daemon->present().size() == 1; }));
  EXPECT_EQ(world.daemon->present()[0], before.name());
  world.daemon->let_submits_go();
  EXPECT_PHASE(world.until_ended(id), "COMPLETED");
}

TEST_F(Restart, AJobInPreparationGoesOn) {
  world.daemon->hold_submits();
  world.start();
  const auto id = world.create({"print", "x"});
  ASSERT_TRUE(world.until([&] { return world.daemon->present().size() == 1; }));
  restart();
  ASSERT_TRUE(world.until([&] { return world.daemon->submits() == 2; }));
  world.daemon->let_submits_go();
  EXPECT_PHASE(world.until_ended(id), "COMPLETED");
  EXPECT_EQ(world.daemon->starts(), 1);
}

TEST_F(Restart, AStartedJobWithoutAContainerIsLost) {
  world.start();
  const auto id = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  const RunId run = world.run_of(id);
  world.stop();
  world.daemon->forget(run);
  world.start();
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "ERROR");
  EXPECT_THAT(job.error->message, HasSubstr("the run is lost"));
  EXPECT_FALSE(job.error->fatal);
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Restart, AnEngineThatDoesNotAnswerIsAskedUntilItDoes) {
  world.start();
  const auto id = world.create({"polite", "then", "sleep", "100"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  world.stop();
  world.daemon->go_away();
  world.start();
  ASSERT_TRUE(world.until([&] { return !world.report().available; }));
  world.settle();
  EXPECT_EQ(world.phase(id), Phase::executing);
  ASSERT_TRUE(world.abort(id).ok());
  world.daemon->come_back();
  EXPECT_PHASE(world.until_ended(id), "ABORTED");
}

TEST_F(Restart, AWishOfTheFormerLifeIsKept) {
  world.start();
  const auto id = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  world.daemon->go_away();
  ASSERT_TRUE(world.abort(id).ok());
  world.stop();
  world.daemon->come_back();
  world.start();
  EXPECT_PHASE(world.until_ended(id), "ABORTED");
}

TEST_F(Restart, ADestroyedJobsRunIsReleased) {
  world.start();
  const auto id = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  world.daemon->go_away();
  ASSERT_TRUE(world.destroy(id).ok());
  world.stop();
  world.daemon->come_back();
  world.start();
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Restart, QueuedJobsAreFoundWithoutAHint) {
  world.daemon->go_away();
  world.start();
  const auto id = world.create({"print", "x"});
  world.stop();
  world.daemon->come_back();
  world.start();
  EXPECT_PHASE(world.until_ended(id), "COMPLETED");
}

TEST_F(Restart, ARunWithoutARowIsReleased) {
  world.start();
  const auto id = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  RunId stray = world.run_of(id);
  stray.attempt = 99;
  FakeEngine engine(
      "fake", [](const util::Task& task) { task(); }, world.daemon);
  world.stop();
  RunSpec spec;
  spec.id = stray;
  spec.image = *task::ImageReference::parse("conformance:test");
  spec.args = {"sleep", "100"};
  engine.submit(spec, [](const util::Result<RunStatus>&) {});
  ASSERT_TRUE(world.until([&] { return world.daemon->present().size() == 2; }));
  world.start();
  EXPECT_TRUE(world.until([&] { return world.daemon->present().size() == 1; }));
  EXPECT_EQ(world.daemon->present()[0], world.run_of(id).name());
}

TEST_F(Restart, RunsOfAnEngineThatIsNotConfiguredAnyMoreAreLeftAlone) {
  world.start();
  const auto id = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  world.stop();
  world.options.engines[0].name = "renamed";
  world.start();
  EXPECT_PHASE(world.until_ended(world.create({"print", "x"})), "COMPLETED");
  EXPECT_THAT(world.daemon->present(), ::testing::Contains(world.run_of(id).name()));
  EXPECT_EQ(world.phase(id), Phase::executing);
  EXPECT_THAT(world.report().notes, ::testing::Contains(HasSubstr("fake: is not configured any more")));
  world.stop();
  world.options.engines[0].name = "fake";
  world.start();
  ASSERT_TRUE(world.abort(id).ok());
  EXPECT_PHASE(world.until_ended(id), "ABORTED");
}

TEST_F(Jobs, ASubmitThatIsNotAnsweredIsTriedAgain) {
  world.daemon->fail_submits(2);
  world.start();
  EXPECT_PHASE(world.until_ended(world.create({"print", "x"})), "COMPLETED");
  EXPECT_EQ(world.daemon->starts(), 1);
}

TEST_F(Jobs, AnEngineThatGoesAwayUnderARunningJobIsWaitedFor) {
  world.start();
  const auto id = world.create({"print", "x", "then", "sleep", "0.3", "then", "print", "y"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  world.daemon->go_away();
  ASSERT_TRUE(world.until([&] { return !world.report().available; }));
  world.daemon->come_back();
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_EQ(world.text_of(job, "stdout"), "x\ny\n");
}

TEST_F(Jobs, LostEventsDelayButLoseNothing) {
  world.options.runs.reconcile = std::chrono::seconds{1};
  world.daemon->lose_events(true);
  world.start();
  EXPECT_PHASE(world.until_ended(world.create({"print", "x"})), "COMPLETED");
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Jobs, AContainerThatSomebodyRemovesIsLost) {
  world.start();
  const auto id = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  world.daemon->forget(world.run_of(id));
  EXPECT_PHASE(world.until_ended(id), "ERROR");
  EXPECT_TRUE(world.until_nothing_is_left());
}

}  // namespace
}  // namespace executor::testing
