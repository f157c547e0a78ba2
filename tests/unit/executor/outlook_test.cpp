#include "executor/outlook.h"

#include <gtest/gtest.h>

namespace executor {
namespace {

using std::chrono::seconds;

ledger::Resources only_cores(std::int64_t count) { return {count * 1000, 1, 1}; }
ledger::Resources free_cores(std::int64_t count) { return {count * 1000, 1LL << 40, 100}; }

class Outlook : public ::testing::Test {
 protected:
  std::optional<seconds> within(std::int64_t wanted) {
    return starts_within(free, taken, ahead, only_cores(wanted), now);
  }
  void take(const std::string& engine, std::int64_t count, std::optional<int> more_seconds) {
    taken.push_back({engine, only_cores(count), std::nullopt});
    if (more_seconds) taken.back().until = now + seconds(*more_seconds);
  }

  const util::Instant now = util::now();
  std::map<std::string, ledger::Resources> free{{"a", free_cores(2)}, {"b", free_cores(1)}};
  std::vector<HeldResources> taken;
  std::vector<QueuedNeeds> ahead;
};

TEST_F(Outlook, WhatFitsStartsNow) {
  EXPECT_EQ(within(2), seconds(0));
  EXPECT_EQ(within(3), std::nullopt);
}

TEST_F(Outlook, WhatDoesNotFitWaitsForWhatEndsFirst) {
  take("a", 2, 60);
  take("b", 4, 30);
  EXPECT_EQ(within(4), seconds(30));
  take("a", 2, 90);
  EXPECT_EQ(within(6), seconds(90));
}

TEST_F(Outlook, NobodyKnowsWhatHasNoEnd) {
  take("a", 4, std::nullopt);
  EXPECT_EQ(within(4), std::nullopt);
  EXPECT_EQ(within(1), seconds(0));
}

TEST_F(Outlook, WhoWasFirstGoesFirst) {
  ahead = {{only_cores(2), seconds(10)}, {only_cores(1), seconds(20)}};
  EXPECT_EQ(within(2), seconds(10));
  EXPECT_EQ(within(1), seconds(10));
  ahead.push_back({only_cores(5), seconds(1)});
  EXPECT_EQ(within(1), std::nullopt);
}

}  // namespace
}  // namespace executor
