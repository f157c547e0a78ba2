#include "uws/core/recent_lists.h"

#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using uws::Phase;
using uws::RecentLists;

class RecentListsTest : public testing::Test {
 protected:
  RecentLists::Entries entries(std::size_t count) const { return {count, {"a", {}, alice, Phase::pending, {}}}; }

  RecentLists lists;
  const uws::ListQuery of_alice{.caller = alice, .last = 10};
};

TEST_F(RecentListsTest, AreFoundInTheStateInWhichTheyWereRead) {
  EXPECT_FALSE(lists.find("", of_alice, "1"));
  lists.keep("", of_alice, entries(3), "1");
  ASSERT_TRUE(lists.find("", of_alice, "1"));
  EXPECT_EQ(lists.find("", of_alice, "1")->size(), 3U);
  EXPECT_FALSE(lists.find("", of_alice, "2"));
}

TEST_F(RecentListsTest, EachQuestionHasItsOwn) {
  lists.keep("", of_alice, entries(3), "1");
  const auto is_found = [&](const uws::ListName& name, const uws::ListQuery& query) {
    return lists.find(name, query, "1") != nullptr;
  };
  EXPECT_FALSE(is_found("application", of_alice));
  EXPECT_FALSE(is_found("", {.caller = bob, .last = 10}));
  EXPECT_FALSE(is_found("", {.caller = {alice, {"group"}, false}, .last = 10}));
  EXPECT_FALSE(is_found("", {.caller = {alice, {}, true}, .last = 10}));
  EXPECT_FALSE(is_found("", {.caller = alice, .phases = {Phase::pending}, .last = 10}));
  EXPECT_FALSE(is_found("", {.caller = alice, .run_ids = {"run"}, .last = 10}));
  EXPECT_FALSE(is_found("", {.caller = alice, .after = util::now(), .last = 10}));
  EXPECT_FALSE(is_found("", {.caller = alice, .beyond = uws::ListPlace{{}, "a"}, .last = 10}));
  EXPECT_FALSE(is_found("", {.caller = alice, .last = 11}));
  EXPECT_TRUE(is_found("", of_alice));
}

TEST_F(RecentListsTest, ThoseOfAnotherStateAreForgotten) {
  lists.keep("", of_alice, entries(3), "1");
  lists.keep("application", of_alice, entries(3), "2");
  EXPECT_FALSE(lists.find("", of_alice, "1"));
  EXPECT_FALSE(lists.find("", of_alice, "2"));
  EXPECT_TRUE(lists.find("application", of_alice, "2"));
}

TEST_F(RecentListsTest, ThoseOfAnUnknownStateAreNotKept) {
  lists.keep("", of_alice, entries(3), "");
  EXPECT_FALSE(lists.find("", of_alice, ""));
}

TEST_F(RecentListsTest, AreFewEntriesAndTheLastAreAmongThem) {
  lists.keep("", of_alice, entries(1'002), "1");
  EXPECT_FALSE(lists.find("", of_alice, "1")) << "too long";
  for (int last = 1; last <= 100; ++last) {
    lists.keep("", {.caller = alice, .last = last}, entries(1'000), "1");
    ASSERT_TRUE(lists.find("", {.caller = alice, .last = last}, "1"));
  }
  int found = 0;
  for (int last = 1; last <= 100; ++last) found += lists.find("", {.caller = alice, .last = last}, "1") ? 1 : 0;
  EXPECT_LE(found, 20);
}

TEST_F(RecentListsTest, LongQuestionsAreNotKept) {
  const uws::ListQuery long_one{.caller = alice, .run_ids = {std::string(8'000, 'a')}, .last = 10};
  lists.keep("", long_one, entries(0), "1");
  EXPECT_FALSE(lists.find("", long_one, "1"));
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
