// Tests runs on an engine with a queue of its own, in which an accepted run may wait for hours.
#include <gtest/gtest.h>

#include "unit/executor/world.h"
#include "util/clock.h"

namespace executor::testing {
namespace {

using namespace std::chrono_literals;
using uws::Phase;

class EngineQueue : public ::testing::Test {
 protected:
  void SetUp() override {
    world.options.runs.staging_timeout = 60s;
    world.daemon->queue_submits();
    world.start();
  }
  uws::JobId waiting() {
    const uws::JobId id = world.create(Words{"print", "hello"});
    EXPECT_TRUE(world.until([&] { return world.shown(id) == "waiting in the engine's queue"; }));
    return id;
  }

  World world;
};

TEST_F(EngineQueue, ARunMayWaitForHours) {
  const uws::JobId id = waiting();
  util::advance_clocks(3h);
  world.settle();
  EXPECT_EQ(world.phase(id), Phase::queued);
  EXPECT_EQ(world.holds(), 1U);
  world.daemon->start_queued();
  EXPECT_EQ(world.until_ended(id).phase, Phase::completed);
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(EngineQueue, TheTimeOfItsPreparationIsLimitedAfterwards) {
  const uws::JobId id = waiting();
  util::advance_clocks(3h);
  world.daemon->hold_submits({"pulling", 10});
  world.daemon->start_queued();
  ASSERT_TRUE(world.until([&] { return world.shown(id) == "pulling"; }));
  util::advance_clocks(61s);
  world.settle();
  const uws::Job job = world.until_ended(id);
  EXPECT_EQ(job.phase, Phase::error);
  EXPECT_EQ(job.error->code, "staging_timeout");
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(EngineQueue, ARunThatWaitsIsAborted) {
  const uws::JobId id = waiting();
  ASSERT_TRUE(world.abort(id).ok());
  EXPECT_EQ(world.until_ended(id).phase, Phase::aborted);
  EXPECT_TRUE(world.until_nothing_is_left());
  EXPECT_EQ(world.daemon->starts(), 0);
}

TEST_F(EngineQueue, ARunThatTheEngineHasForgottenIsLost) {
  const uws::JobId id = waiting();
  world.daemon->forget(world.run_of(id));
  const uws::Job job = world.until_ended(id);
  EXPECT_EQ(job.phase, Phase::error);
  EXPECT_EQ(job.error->code, "lost");
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(EngineQueue, ANewProcessWaitsOnForTheSameRun) {
  const uws::JobId id = waiting();
  world.stop();
  world.start();
  ASSERT_TRUE(world.until([&] { return world.shown(id) == "waiting in the engine's queue"; }));
  world.daemon->start_queued();
  EXPECT_EQ(world.until_ended(id).phase, Phase::completed);
  EXPECT_EQ(world.daemon->submits(), 1);
  EXPECT_EQ(world.daemon->starts(), 1);
}

}  // namespace
}  // namespace executor::testing
