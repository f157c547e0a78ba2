#include "uws/core/recent_lists.h"

#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using uws::Phase;
using uws::RecentJobs;
using uws::RecentLists;

class RecentListsTest : public testing::Test {
 protected:
  RecentLists::Entries entries(std::size_t count) const { return {count, {"a", {}, alice, Phase::pending, {}}}; }

  std::shared_ptr<RecentJobs> jobs = std::make_shared<RecentJobs>(RecentJobs::Changes::are_told);
  RecentLists lists{jobs};
  const uws::ListQuery of_alice{.caller = alice, .last = 10};
};

TEST_F(RecentListsTest, AreCurrentUntilAnyJobIsAboutToChange) {
  EXPECT_FALSE(lists.current("", of_alice));
  lists.keep("", of_alice, entries(3), jobs->moment());
  ASSERT_TRUE(lists.current("", of_alice));
  EXPECT_EQ(lists.current("", of_alice)->size(), 3U);
  jobs->changing("another");
  EXPECT_FALSE(lists.current("", of_alice));
  lists.keep("", of_alice, entries(3), jobs->moment());
  EXPECT_FALSE(lists.current("", of_alice)) << "the change may be committed since";
  jobs->changed();
  EXPECT_FALSE(lists.current("", of_alice));
}

TEST_F(RecentListsTest, EachQuestionHasItsOwn) {
  lists.keep("", of_alice, entries(3), jobs->moment());
  EXPECT_FALSE(lists.current("application", of_alice));
  EXPECT_FALSE(lists.current("", {.caller = bob, .last = 10}));
  EXPECT_FALSE(lists.current("", {.caller = {alice, {"group"}, false}, .last = 10}));
  EXPECT_FALSE(lists.current("", {.caller = {alice, {}, true}, .last = 10}));
  EXPECT_FALSE(lists.current("", {.caller = alice, .phases = {Phase::pending}, .last = 10}));
  EXPECT_FALSE(lists.current("", {.caller = alice, .run_ids = {"run"}, .last = 10}));
  EXPECT_FALSE(lists.current("", {.caller = alice, .after = util::now(), .last = 10}));
  EXPECT_FALSE(lists.current("", {.caller = alice, .beyond = uws::ListPlace{{}, "a"}, .last = 10}));
  EXPECT_FALSE(lists.current("", {.caller = alice, .last = 11}));
}

TEST_F(RecentListsTest, WhatWasReadBeforeAChangeIsNotKept) {
  const RecentJobs::Moment before = jobs->moment();
  jobs->changing("a");
  jobs->changed();
  lists.keep("", of_alice, entries(3), before);
  EXPECT_FALSE(lists.current("", of_alice));
}

TEST_F(RecentListsTest, AreFewEntriesAndTheLastAreAmongThem) {
  lists.keep("", of_alice, entries(1'002), jobs->moment());
  EXPECT_FALSE(lists.current("", of_alice)) << "too long";
  for (int last = 1; last <= 100; ++last) {
    lists.keep("", {.caller = alice, .last = last}, entries(1'000), jobs->moment());
    ASSERT_TRUE(lists.current("", {.caller = alice, .last = last}));
  }
  int found = 0;
  for (int last = 1; last <= 100; ++last) found += lists.current("", {.caller = alice, .last = last}) ? 1 : 0;
  EXPECT_LE(found, 20);
}

TEST_F(RecentListsTest, LongQuestionsAreNotKept) {
  const uws::ListQuery long_one{.caller = alice, .run_ids = {std::string(8'000, 'a')}, .last = 10};
  lists.keep("", long_one, entries(0), jobs->moment());
  EXPECT_FALSE(lists.current("", long_one));
}

TEST_F(RecentListsTest, AreNotKeptWhereOthersWriteToo) {
  jobs = std::make_shared<RecentJobs>(RecentJobs::Changes::come_from_others_too);
  RecentLists of_many(jobs);
  of_many.keep("", of_alice, entries(3), jobs->moment());
  EXPECT_FALSE(of_many.current("", of_alice));
}

class ListsOfAService : public JobTest {
 protected:
  std::vector<std::pair<std::string, Phase>> now() {
    std::vector<std::pair<std::string, Phase>> shown;
    const auto jobs = list({.caller = alice}).value();
    for (const uws::JobReference& job : jobs) shown.emplace_back(job.id, job.phase);
    return shown;
  }
};
FOR_BOTH_DATABASES(ListsOfAService);

TEST_P(ListsOfAService, ShowEachChangeOnceItIsAnswered) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  using testing::Pair;
  EXPECT_THAT(now(), IsEmpty());
  const std::string id = pending().id;
  EXPECT_THAT(now(), ElementsAre(Pair(id, Phase::pending)));
  ASSERT_TRUE(run(id).ok());
  EXPECT_THAT(now(), ElementsAre(Pair(id, Phase::queued)));
  ASSERT_TRUE(abort(id).ok());
  EXPECT_THAT(now(), ElementsAre(Pair(id, Phase::aborted)));
  ASSERT_TRUE(destroy(id).ok());
  EXPECT_THAT(now(), IsEmpty());
}

}  // namespace
