// Tests what happens if somebody pauses a container on the engine (U45).
#include <thread>

#include "world.h"

namespace executor::testing {
namespace {

using ::testing::HasSubstr;
using uws::Phase;

class Pauses : public Jobs {
 protected:
  uws::JobId executing(const Words& words, std::chrono::seconds duration = std::chrono::seconds{3600}) {
    const auto id = world.create(words, {}, duration);
    EXPECT_TRUE(world.until_phase(id, Phase::executing));
    return id;
  }
  void pause(const uws::JobId& id) {
    world.daemon->pause(world.run_of(id));
    EXPECT_TRUE(world.until_phase(id, Phase::suspended));
  }
  void resume(const uws::JobId& id) {
    world.daemon->pause(world.run_of(id), false);
    EXPECT_TRUE(world.until_phase(id, Phase::executing));
  }
};

TEST_F(Pauses, U45_APausedContainerIsASuspendedJob) {
  world.start();
  const auto id = executing({"polite", "then", "sleep", "100"});
  const auto quote = world.live(id)->quote;
  pause(id);
  EXPECT_TRUE(world.until([&] { return world.shown(id) == "paused on the engine fake"; }));
  EXPECT_FALSE(world.live(id)->quote);
  resume(id);
  EXPECT_EQ(world.shown(id), "");
  EXPECT_GT(world.live(id)->quote, quote);
  ASSERT_TRUE(world.abort(id).ok());
  EXPECT_PHASE(world.until_ended(id), "ABORTED");
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Pauses, U46_TheExecutionDurationStandsStillMeanwhile) {
  world.start();
  const auto id = executing({"sleep", "100"}, std::chrono::seconds{1});
  pause(id);
  std::this_thread::sleep_for(std::chrono::milliseconds{1200});
  EXPECT_EQ(world.phase(id), Phase::suspended);
  resume(id);
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "ABORTED");
  ASSERT_TRUE(job.error);
  EXPECT_THAT(job.error->message, HasSubstr("the execution duration of 1 s is exceeded"));
  EXPECT_GE(*job.end_time - *job.start_time, std::chrono::milliseconds{2200});
}

TEST_F(Pauses, U45_ASuspendedJobIsAborted) {
  world.start();
  const auto id = executing({"polite", "then", "sleep", "100"});
  pause(id);
  ASSERT_TRUE(world.abort(id).ok());
  EXPECT_PHASE(world.until_ended(id), "ABORTED");
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Pauses, U45_ASuspendedJobThatEndsIsOver) {
  world.start();
  const auto id = executing({"sleep", "0.5"});
  pause(id);
  EXPECT_PHASE(world.until_ended(id), "COMPLETED");
}

TEST_F(Pauses, U45_AnotherLifeOfTheServiceFindsItSuspended) {
  world.start();
  const auto id = executing({"polite", "then", "sleep", "100"});
  const auto quote = world.live(id)->quote;
  pause(id);
  world.stop();
  world.start();
  EXPECT_TRUE(world.until([&] { return world.shown(id) == "paused on the engine fake"; }));
  EXPECT_EQ(world.phase(id), Phase::suspended);
  resume(id);
  EXPECT_GT(world.live(id)->quote, quote);
}

TEST_F(Pauses, U45_ItWentOnWhileTheServiceWasAway) {
  world.start();
  const auto id = executing({"polite", "then", "sleep", "100"});
  pause(id);
  const RunId run = world.run_of(id);
  world.stop();
  world.daemon->pause(run, false);
  world.start();
  EXPECT_TRUE(world.until_phase(id, Phase::executing));
}

TEST_F(Pauses, U45_APauseWithoutAnEventIsFoundByReconciliation) {
  world.options.runs.reconcile = std::chrono::seconds{1};
  world.start();
  const auto id = executing({"sleep", "100"});
  world.daemon->lose_events(true);
  pause(id);
}

}  // namespace
}  // namespace executor::testing
