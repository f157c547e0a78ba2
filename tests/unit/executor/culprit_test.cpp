// Tests that a run for which the engine's calls fail does not affect other runs.
#include "world.h"

namespace executor::testing {
namespace {

using ::testing::HasSubstr;
using util::ErrorCode;
using uws::Phase;

class Culprit : public Jobs {
 protected:
  /// Starts a job, and then lets these calls of the engine fail for its run.
  uws::JobId start(const std::set<std::string>& calls, ErrorCode code = ErrorCode::internal,
                   const Words& words = {"sleep", "100"}) {
    world.start();
    const auto id = world.create(words, {{"OUTPUT", "a"}});
    EXPECT_TRUE(world.until_phase(id, Phase::executing));
    world.daemon->fail_calls(world.run_of(id), calls, code);
    return id;
  }
  /// Expects that the engine is available, and that another job on it runs to its end.
  void expect_others_unharmed() {
    EXPECT_TRUE(world.report().available);
    EXPECT_PHASE(world.until_ended(world.create({"print", "x"})), "COMPLETED");
    EXPECT_TRUE(world.report().available);
  }
};

TEST_F(Culprit, OutputsThatCannotBeReadAreGivenUpSoonAndTold) {
  const auto id = start({"collect"}, ErrorCode::internal, {"sleep", "0.3"});
  expect_others_unharmed();
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "ERROR");
  EXPECT_EQ(job.error->code, "results_not_collected");
  EXPECT_THAT(job.error->detail, HasSubstr("fails at this collect"));
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Culprit, ALogThatCannotBeReadIsGivenUpAndTheEndIsWhatItIs) {
  const auto id = start({"logs"}, ErrorCode::internal, {"sleep", "0.3"});
  world.stop();  // so that the log is read from its beginning again
  world.start();
  ASSERT_TRUE(world.until([&] { return world.report().available; }));
  expect_others_unharmed();
  const uws::Job job = world.until_ended(id);
  EXPECT_EQ(job.error->code, "output_missing");
  EXPECT_THAT(data::to_json(job.info), HasSubstr("the log is not whole"));
}

TEST_F(Culprit, AnAbortEndsWhatCannotBeStopped) {
  const auto id = start({"cancel"});
  ASSERT_TRUE(world.abort(id).ok());
  expect_others_unharmed();
  EXPECT_PHASE(world.until_ended(id), "ABORTED");
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Culprit, AnAbortEndsWhatCannotBeShown) {
  const auto id = start({"inspect"});
  ASSERT_TRUE(world.abort(id).ok());
  expect_others_unharmed();
  EXPECT_PHASE(world.until_ended(id), "ABORTED");
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Culprit, ADestructionEndsWhatCannotBeStopped) {
  const auto id = start({"cancel", "inspect"});
  ASSERT_TRUE(world.destroy(id).ok());
  expect_others_unharmed();
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Culprit, SilenceAboutOneRunIsNoAbsenceOfTheEngine) {
  const auto id = start({"inspect", "cancel"}, ErrorCode::timeout);
  ASSERT_TRUE(world.abort(id).ok());
  expect_others_unharmed();
  EXPECT_PHASE(world.until_ended(id), "ABORTED");
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Culprit, NobodyIsToldTheEnginesWords) {
  world.start();
  ASSERT_TRUE(world.until([&] { return world.report().available; }));
  world.daemon->go_away();
  const auto id = world.create({"print", "x"});
  ASSERT_TRUE(world.until([&] { return !world.report().available; }));
  EXPECT_THAT(world.report().notes, ::testing::Contains("fake: does not answer"));
  world.daemon->come_back();
  EXPECT_PHASE(world.until_ended(id), "COMPLETED");
}

// An engine whose clock differs from ours.

class OtherClock : public Jobs, public ::testing::WithParamInterface<int> {};

TEST_P(OtherClock, AnAbortedJobIsAbortedAndAnOwnEndCounts) {
  world.daemon->set_clock_ahead(std::chrono::seconds{GetParam()});
  world.start();
  const auto before = util::now();
  const auto id = world.create({"polite", "then", "sleep", "100"});
  const auto other = world.create({"sleep", "0.2", "then", "exit", "3"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  ASSERT_TRUE(world.abort(id).ok());
  const uws::Job aborted = world.until_ended(id);
  EXPECT_PHASE(aborted, "ABORTED");
  const uws::Job failed = world.until_ended(other);
  EXPECT_EQ(failed.error->code, "exit_code") << "it was watched";
  for (const uws::Job* job : {&aborted, &failed}) {
    EXPECT_GE(*job->start_time, before);
    EXPECT_LE(*job->end_time, util::now());
  }
}

INSTANTIATE_TEST_SUITE_P(TwoSecondsOff, OtherClock, ::testing::Values(2, -2));

}  // namespace
}  // namespace executor::testing
