// Tests which queued jobs begin if there is not enough capacity for all.
#include "executor/admission.h"
#include "world.h"

namespace executor::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using uws::Phase;

TEST_F(Jobs, WhatDoesNotFitWaitsAndSaysForWhat) {
  world.daemon->set_capacity({2000, 4LL << 30});
  world.start();
  const auto first = world.create({"sleep", "100"}, {{"CORES", "2"}});
  ASSERT_TRUE(world.until_phase(first, Phase::executing));
  const auto second = world.create({"print", "x"}, {{"CORES", "1.5"}});
  ASSERT_TRUE(world.until([&] { return !world.shown(second).empty(); }));
  EXPECT_EQ(world.shown(second), "waiting for 1.5 cores and 1 GiB of memory on fake");
  EXPECT_EQ(world.phase(second), Phase::queued);
  EXPECT_EQ(world.holds(), 1U);
  ASSERT_TRUE(world.abort(first).ok());
  EXPECT_PHASE(world.until_ended(second), "COMPLETED");
}

TEST_F(Jobs, HaveAQuoteWhileTheyArePendingAndWouldBeginAtOnce) {
  world.daemon->set_capacity({2000, 4LL << 30});
  world.start();
  uws::Job job;
  job.owner = "ada";
  job.execution_duration = 60s;
  job.parameters = to_parameters({{"IMAGE", "conformance:test"}, {"CORES", "2"}});
  ASSERT_TRUE(world.until([&] { return world.quote_if_run(job).has_value(); }));
  const util::Instant before = util::now();
  const auto quote = world.quote_if_run(job);
  ASSERT_TRUE(quote);
  EXPECT_GE(*quote, before + 60s);
  EXPECT_LE(*quote, util::now() + 60s);
  uws::Job endless = job;
  endless.execution_duration = 0s;
  EXPECT_FALSE(world.quote_if_run(endless));
  uws::Job too_big = job;
  too_big.parameters = to_parameters({{"IMAGE", "conformance:test"}, {"CORES", "3"}});
  EXPECT_FALSE(world.quote_if_run(too_big));
  const auto runner = world.create({"sleep", "100"}, {{"CORES", "1"}});
  ASSERT_TRUE(world.until_phase(runner, Phase::executing));
  EXPECT_TRUE(world.until([&] { return !world.quote_if_run(job); })) << "it would wait";
  ASSERT_TRUE(world.abort(runner).ok());
  ASSERT_TRUE(world.until([&] { return world.quote_if_run(job).has_value(); }));
  world.daemon->go_away();
  world.create({"print", "finds that out"}, {{"CORES", "1"}});
  uws::Job small = job;
  small.parameters = to_parameters({{"IMAGE", "conformance:test"}, {"CORES", "0.1"}});
  EXPECT_TRUE(world.until([&] { return !world.quote_if_run(small); })) << "nothing is there that could run it";
}

TEST_F(Jobs, ConfiguredCapacityCountsAndNotTheProbed) {
  world.daemon->set_capacity({1000, 1LL << 30});
  world.options.engines[0].millicores = 100'000;
  world.options.engines[0].memory_bytes = 100LL << 30;
  world.start();
  EXPECT_PHASE(world.until_ended(world.create({"print", "x"}, {{"CORES", "16"}, {"MEMORY", "32G"}})), "COMPLETED");
}

TEST_F(Jobs, SlotsAreHeldToo) {
  world.options.engines[0].slots = 1;
  world.start();
  const auto first = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until_phase(first, Phase::executing));
  const auto second = world.create({"print", "x"});
  ASSERT_TRUE(world.until([&] { return !world.shown(second).empty(); }));
  ASSERT_TRUE(world.destroy(first).ok());
  EXPECT_PHASE(world.until_ended(second), "COMPLETED");
}

TEST_F(Jobs, YoungerJobsMayPassABigOneButNotForEver) {
  world.daemon->set_capacity({2000, 8LL << 30});
  world.options.runs.max_passed_over = 2;
  world.start();
  const auto runner = world.create({"sleep", "100"}, {{"CORES", "1"}});
  ASSERT_TRUE(world.until_phase(runner, Phase::executing));
  const auto big = world.create({"print", "big"}, {{"CORES", "2"}});
  ASSERT_TRUE(world.until([&] { return !world.shown(big).empty(); }));
  for (int i = 0; i < 2; ++i)
    EXPECT_PHASE(world.until_ended(world.create({"print", "small"}, {{"CORES", "1"}})), "COMPLETED");
  const auto third = world.create({"print", "small"}, {{"CORES", "1"}});
  ASSERT_TRUE(world.until([&] { return !world.shown(third).empty(); }));
  EXPECT_EQ(world.phase(third), Phase::queued);
  EXPECT_EQ(world.phase(big), Phase::queued);
  ASSERT_TRUE(world.abort(runner).ok());
  EXPECT_PHASE(world.until_ended(big), "COMPLETED");
  EXPECT_PHASE(world.until_ended(third), "COMPLETED");
}

TEST_F(Jobs, TheirPlaceInALongQueueIsTold) {
  world.options.engines[0].slots = 1;
  world.start();
  const auto first = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until_phase(first, Phase::executing));
  std::vector<uws::JobId> waiting;
  for (int i = 0; i < 25; ++i) waiting.push_back(world.create({"print", "x"}));
  ASSERT_TRUE(world.until([&] { return world.shown(waiting.back()) == "waiting behind older jobs"; }));
  EXPECT_THAT(world.shown(waiting.front()), HasSubstr("on fake"));
  EXPECT_EQ(world.queue_position(waiting.front()), 1);
  EXPECT_EQ(world.queue_position(waiting.back()), 25);
  EXPECT_EQ(world.queue_position(first), std::nullopt);
  ASSERT_TRUE(world.abort(first).ok());
  for (const auto& id : waiting) EXPECT_PHASE(world.until_ended(id), "COMPLETED");
}

TEST_F(Jobs, OneOwnersManyJobsDoNotHoldUpAnothersFirst) {
  world.options.engines[0].slots = 1;
  world.start();
  const auto first = world.create_for("ada", {"sleep", "100"});
  ASSERT_TRUE(world.until_phase(first, Phase::executing));
  std::vector<uws::JobId> more;
  for (int i = 0; i < 5; ++i) more.push_back(world.create_for("ada", {"sleep", "100"}));
  const auto other = world.create_for("bob", {"sleep", "100"});
  ASSERT_TRUE(world.until([&] { return world.queue_position(other) == 1; }));
  EXPECT_EQ(world.queue_position(more.front()), 2);
  ASSERT_TRUE(world.destroy_for("ada", first).ok());
  ASSERT_TRUE(world.until_phase(other, Phase::executing));
  EXPECT_EQ(world.phase(more.front()), Phase::queued);
}

TEST_F(Jobs, WhoseTurnItIsOutlivesTheService) {
  world.options.engines[0].slots = 1;
  world.start();
  const auto first = world.create_for("ada", {"sleep", "100"});
  ASSERT_TRUE(world.until_phase(first, Phase::executing));
  for (int i = 0; i < 3; ++i) world.create_for("ada", {"sleep", "100"});
  const auto other = world.create_for("bob", {"sleep", "100"});
  world.stop();
  world.start();
  ASSERT_TRUE(world.until([&] { return world.queue_position(other) == 1; }));
  ASSERT_TRUE(world.destroy_for("ada", first).ok());
  ASSERT_TRUE(world.until_phase(other, Phase::executing));
}

TEST_F(Jobs, AnOwnerRunsNoMoreAtATimeThanHeMay) {
  world.options.runs.max_running_per_owner = 1;
  world.start();
  const auto first = world.create_for("ada", {"sleep", "100"});
  const auto second = world.create_for("ada", {"print", "x"});
  const auto other = world.create_for("bob", {"print", "x"});
  EXPECT_PHASE(world.until_ended(other), "COMPLETED");
  ASSERT_TRUE(
      world.until([&] { return world.shown(second) == "waiting until fewer than 1 jobs of the same owner run"; }));
  EXPECT_EQ(world.phase(second), Phase::queued);
  ASSERT_TRUE(world.destroy_for("ada", first).ok());
  EXPECT_PHASE(world.until_ended(second), "COMPLETED");
}

TEST_F(Jobs, ManyThatDoNotFitHideNobody) {
  world.daemon->set_capacity({2000, 8LL << 30});
  world.start();
  const auto runner = world.create({"sleep", "100"}, {{"CORES", "1"}});
  ASSERT_TRUE(world.until_phase(runner, Phase::executing));
  std::vector<uws::JobId> big;
  for (int i = 0; i < 25; ++i) big.push_back(world.create({"print", "x"}, {{"CORES", "2"}}));
  EXPECT_PHASE(world.until_ended(world.create({"print", "x"}, {{"CORES", "1"}})), "COMPLETED");
  EXPECT_EQ(world.phase(big.front()), Phase::queued);
}

TEST_F(Jobs, WhatAnEngineWasKeptForLeavesItToOthers) {
  world.options.runs.reconcile = std::chrono::hours{1};
  world.options.runs.max_passed_over = 0;
  world.daemon->set_capacity({2000, 8LL << 30});
  world.start();
  const auto runner = world.create({"sleep", "100"}, {{"CORES", "1"}});
  ASSERT_TRUE(world.until_phase(runner, Phase::executing));
  const auto big = world.create({"print", "x"}, {{"CORES", "2"}});
  ASSERT_TRUE(world.until([&] { return !world.shown(big).empty(); }));
  const auto small = world.create({"print", "x"}, {{"CORES", "1"}});
  ASSERT_TRUE(world.until([&] { return !world.shown(small).empty(); }));
  EXPECT_EQ(world.phase(small), Phase::queued);
  ASSERT_TRUE(world.abort(big).ok());
  EXPECT_PHASE(world.until_ended(small), "COMPLETED");
}

TEST_F(Jobs, AWaitingJobIsAbortedAtOnce) {
  world.options.engines[0].slots = 1;
  world.start();
  const auto first = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until_phase(first, Phase::executing));
  const auto second = world.create({"print", "x"});
  ASSERT_TRUE(world.abort(second).ok());
  EXPECT_EQ(world.phase(second), Phase::aborted);
}

TEST_F(Jobs, NobodyBeginsWhileNoEngineAnswers) {
  world.daemon->go_away();
  world.start();
  const auto id = world.create({"print", "x"});
  ASSERT_TRUE(world.until([&] { return !world.report().notes.empty() && !world.report().available; }));
  EXPECT_THAT(world.report().notes[0], HasSubstr("does not answer"));
  EXPECT_TRUE(world.until([&] { return world.shown(id) == "waiting for an engine that answers, and may run jobs"; }));
  EXPECT_EQ(world.phase(id), Phase::queued);
  world.daemon->come_back();
  EXPECT_PHASE(world.until_ended(id), "COMPLETED");
  EXPECT_TRUE(world.report().available);
  EXPECT_THAT(world.report().notes[0], HasSubstr("fake: up, fake 1.0"));
}

TEST_F(Jobs, NobodyBeginsOnAnEngineThatMayRunNothing) {
  world.daemon->allow_no_runs("it has no init");
  world.start();
  const auto id = world.create({"print", "x"});
  ASSERT_TRUE(world.until([&] { return !world.report().notes.empty(); }));
  EXPECT_TRUE(world.until([&] { return world.shown(id) == "waiting for an engine that answers, and may run jobs"; }));
  EXPECT_THAT(world.report().notes[0], HasSubstr("nothing is run there: it has no init"));
  EXPECT_FALSE(world.report().available);
  EXPECT_EQ(world.phase(id), Phase::queued);
  EXPECT_EQ(world.daemon->submits(), 0);
}

TEST_F(Jobs, ALargeJobIsReadAndRunsAsAnyOther) {
  world.start();
  std::vector<std::string> words(200, "x");
  words.front() = "print";
  EXPECT_PHASE(world.until_ended(world.create(words)), "COMPLETED");
}

}  // namespace
}  // namespace executor::testing
