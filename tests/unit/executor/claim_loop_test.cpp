#include "executor/claim_loop.h"

#include <gtest/gtest.h>

namespace executor {
namespace {

TEST(ClaimLoop, RoundsFollowEachOther) {
  ClaimLoop loop;
  EXPECT_FALSE(loop.is_busy());
  EXPECT_TRUE(loop.begin());
  EXPECT_TRUE(loop.is_busy());
  EXPECT_FALSE(loop.end(true));
  EXPECT_FALSE(loop.is_busy());
  EXPECT_TRUE(loop.begin());
}

TEST(ClaimLoop, WhatHappensDuringARoundMakesOneMoreFollow) {
  ClaimLoop loop;
  ASSERT_TRUE(loop.begin());
  EXPECT_FALSE(loop.begin());
  EXPECT_FALSE(loop.schedule());
  EXPECT_TRUE(loop.end(true));
  ASSERT_TRUE(loop.begin());
  EXPECT_FALSE(loop.end(true));
}

TEST(ClaimLoop, ARoundThatIsNotWholeIsFollowedByAnother) {
  ClaimLoop loop;
  ASSERT_TRUE(loop.begin());
  EXPECT_TRUE(loop.end(false));
}

TEST(ClaimLoop, AScheduledRoundBeginsOnce) {
  ClaimLoop loop;
  EXPECT_TRUE(loop.schedule());
  EXPECT_FALSE(loop.schedule());
  EXPECT_TRUE(loop.is_scheduled());
  EXPECT_FALSE(loop.is_busy());
  ASSERT_TRUE(loop.begin());
  EXPECT_FALSE(loop.is_scheduled());
}

TEST(ClaimLoop, NoRoundBeginsWhileRunsAreLoaded) {
  ClaimLoop loop;
  loop.load_runs();
  EXPECT_TRUE(loop.is_busy());
  EXPECT_FALSE(loop.begin());
  EXPECT_FALSE(loop.schedule());
  loop.runs_loaded();
  EXPECT_TRUE(loop.begin());
}

}  // namespace
}  // namespace executor
