// Tests what happens if the disk of an engine is full, or if one run uses too much of it.
#include "executor/disk_watch.h"
#include "world.h"

namespace executor::testing {
namespace {

using ::testing::HasSubstr;
using uws::Phase;

constexpr std::uint64_t mebibyte = 1ULL << 20U;
constexpr std::uint64_t gibibyte = 1ULL << 30U;

TEST_F(Jobs, NothingBeginsWhereTheDiskIsNearlyFull) {
  world.daemon->set_disk(DiskSpace{100 * mebibyte, 200 * gibibyte});
  world.start();
  const auto id = world.create({"print", "x"});
  ASSERT_TRUE(world.until([&] { return !world.shown(id).empty(); }));
  ASSERT_TRUE(world.until([&] {
    return world.shown(id) ==
           "waiting: the disk of the engine fake is nearly full: 100 MiB are free, and 1 GiB are kept";
  })) << world.shown(id);
  EXPECT_EQ(world.phase(id), Phase::queued);
  EXPECT_EQ(world.daemon->submits(), 0);
  EXPECT_FALSE(world.report().available);
  EXPECT_THAT(world.report().notes[0], HasSubstr("nothing begins there: the disk of the engine fake is nearly full"));
  world.daemon->set_disk(DiskSpace{100 * gibibyte, 200 * gibibyte});
  EXPECT_PHASE(world.until_ended(id), "COMPLETED");
  EXPECT_TRUE(world.report().available);
  EXPECT_THAT(world.report().notes[0], HasSubstr("100 GiB of its disk are free"));
}

TEST_F(Jobs, HowMuchIsKeptFreeIsConfigured) {
  world.options.engines[0].min_free_disk_bytes = 50 * mebibyte;
  world.daemon->set_disk(DiskSpace{100 * mebibyte, 200 * gibibyte});
  world.start();
  EXPECT_PHASE(world.until_ended(world.create({"print", "x"})), "COMPLETED");
}

TEST_F(Jobs, ADiskThatCannotBeSeenStopsNobody) {
  world.daemon->set_disk(std::nullopt);
  world.start();
  EXPECT_PHASE(world.until_ended(world.create({"print", "x"})), "COMPLETED");
  EXPECT_TRUE(world.until([&] {
    return world.report().notes[0].find("how much of its disk is free cannot be told") != std::string::npos;
  }));
}

TEST(Disk, OfASmallDiskLessIsKept) {
  EXPECT_EQ(kept_free(std::nullopt, {0, 1000 * gibibyte}), gibibyte);
  EXPECT_EQ(kept_free(std::nullopt, {0, 2500 * mebibyte}), 250 * mebibyte);
  EXPECT_EQ(kept_free(5 * gibibyte, {0, 2500 * mebibyte}), 5 * gibibyte);
}

TEST(Disk, IsLookedAtBeforeItCouldBeFilled) {
  EXPECT_EQ(pause_before_next_read({gibibyte, 1000 * gibibyte}, gibibyte), std::chrono::seconds{1});
  EXPECT_EQ(pause_before_next_read({900 * gibibyte, 1000 * gibibyte}, gibibyte), std::chrono::seconds{30});
}

TEST_F(Jobs, WhatFindsTheDiskFullBeforeItBeganIsTriedAgain) {
  world.options.runs.disk_full_pause = std::chrono::seconds{0};
  world.daemon->refuse_next(EndCause::no_space, "no space left on device", 2);
  world.start();
  const auto job = world.until_ended(world.create({"print", "x"}));
  EXPECT_PHASE(job, "COMPLETED");
  EXPECT_EQ(job.fence, 3);
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Jobs, ButNotForEver) {
  world.options.runs.disk_full_pause = std::chrono::seconds{0};
  world.daemon->refuse_next(EndCause::no_space, "no space left on device", 100);
  world.start();
  const auto job = world.until_ended(world.create({"print", "x"}));
  EXPECT_PHASE(job, "ERROR");
  EXPECT_EQ(job.error->code, "engine_disk_full");
  EXPECT_EQ(world.daemon->submits(), 5);
  EXPECT_TRUE(world.until_nothing_is_left());
}

TEST_F(Jobs, WhileItWaitsForSpaceItSaysSoAndCanBeAborted) {
  world.options.runs.disk_full_pause = std::chrono::hours{1};
  world.daemon->refuse_next(EndCause::no_space, "no space left on device");
  world.start();
  const auto id = world.create({"print", "x"});
  ASSERT_TRUE(
      world.until([&] { return world.shown(id) == "the disk of the engine fake was full: tried again in 3600 s"; }));
  EXPECT_EQ(world.phase(id), Phase::queued);
  EXPECT_TRUE(world.until_nothing_is_left());
  ASSERT_TRUE(world.abort(id).ok());
  EXPECT_EQ(world.phase(id), Phase::aborted);
}

TEST_F(Jobs, ARunThatTakesTooMuchOfTheDiskIsEnded) {
  world.options.runs.max_disk_bytes = 10 * mebibyte;
  world.options.runs.disk_measure_pause = std::chrono::seconds{0};
  world.start();
  const auto id = world.create({"sleep", "100"});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  world.daemon->set_disk_use(10 * mebibyte + 1);
  const auto job = world.until_ended(id);
  EXPECT_PHASE(job, "ERROR");
  EXPECT_EQ(job.error->code, "disk_limit");
  EXPECT_EQ(job.error->message,
            "the run was stopped: its files took 11 MiB of the engine's disk, more than its limit of 10 MiB");
}

}  // namespace
}  // namespace executor::testing
