#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using testing::ElementsAre;
using testing::IsEmpty;
using util::ErrorCode;
using uws::Phase;

class JobList : public JobTest {
 protected:
  void put_job(const std::string& id, Phase phase, util::Instant created, const uws::Owner& owner = alice) {
    uws::JobRow row;
    row.job.id = id;
    row.job.owner = owner;
    row.job.phase = phase;
    row.job.creation_time = created;
    row.job.run_id = "run of " + id;
    put(row);
  }
  /// e is the newest; b and c were created in the same millisecond.
  void put_some() {
    put_job("a", Phase::completed, base);
    put_job("c", Phase::pending, base + 1ms);
    put_job("b", Phase::error, base + 1ms);
    put_job("d", Phase::archived, base + 2ms);
    put_job("e", Phase::completed, base + 3ms);
    put_job("other", Phase::completed, base + 4ms, bob);
  }
  std::vector<std::string> ids(uws::ListQuery query) {
    query.caller = alice;
    std::vector<std::string> ids;
    const auto jobs = list(query).value();
    for (const uws::JobReference& job : jobs) ids.push_back(job.id);
    return ids;
  }
  const util::Instant base = util::parse_instant("2026-11-20T12:00:00.000Z").value();
};
FOR_BOTH_DATABASES(JobList);

TEST_P(JobList, IsNewestFirstWithTiesByIdAndWithoutArchived) {  // U20, U21
  put_some();
  EXPECT_THAT(ids({}), ElementsAre("e", "b", "c", "a"));
}

TEST_P(JobList, ShowsOfAJobWhatAReferenceHas) {  // U22
  put_some();
  const uws::JobReference job = list({.caller = alice, .last = 1})->at(0);
  EXPECT_EQ(job.id, "e");
  EXPECT_EQ(job.run_id, "run of e");
  EXPECT_EQ(job.owner, alice);
  EXPECT_EQ(job.phase, Phase::completed);
  EXPECT_EQ(job.creation_time, base + 3ms);
}

TEST_P(JobList, OfPhasesIsAnyOfThem) {  // U20
  put_some();
  EXPECT_THAT(ids({.phases = {Phase::completed}}), ElementsAre("e", "a"));
  EXPECT_THAT(ids({.phases = {Phase::pending, Phase::error}}), ElementsAre("b", "c"));
  EXPECT_THAT(ids({.phases = {Phase::error, Phase::archived, Phase::error}}), ElementsAre("d", "b"));
  EXPECT_THAT(ids({.phases = {Phase::executing}}), IsEmpty());
}

TEST_P(JobList, AfterIsStrictlyLater) {  // U20
  put_some();
  EXPECT_THAT(ids({.after = base}), ElementsAre("e", "b", "c"));
  EXPECT_THAT(ids({.after = base + 1ms}), ElementsAre("e"));
  EXPECT_THAT(ids({.after = base - 1ms}), ElementsAre("e", "b", "c", "a"));
}

TEST_P(JobList, LastIsAppliedLast) {  // U20
  put_some();
  EXPECT_THAT(ids({.last = 2}), ElementsAre("e", "b"));
  EXPECT_THAT(ids({.last = 1000}), ElementsAre("e", "b", "c", "a"));
  EXPECT_THAT(ids({.phases = {Phase::completed}, .last = 1}), ElementsAre("e"));
  EXPECT_THAT(ids({.phases = {Phase::completed, Phase::pending}, .after = base, .last = 2}), ElementsAre("e", "c"));
  for (const std::int64_t last : {std::int64_t{0}, std::int64_t{-1}}) {
    const auto refused = list({.caller = alice, .last = last});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(refused.error().faults.at(0).input, "LAST");
  }
}

TEST_P(JobList, IsTheCallersOwn) {  // U20, U65
  put_some();
  put_job("anonymous", Phase::pending, base, nobody);
  EXPECT_THAT(list({.caller = bob}).value(), testing::SizeIs(1));
  EXPECT_THAT(list({.caller = uws::Owner("carol")}).value(), IsEmpty());
  EXPECT_THAT(list({.caller = nobody}).value(), IsEmpty());
  options().anonymous_jobs_are_listed = true;
  restart();
  ASSERT_THAT(list({.caller = nobody}).value(), testing::SizeIs(1));
  EXPECT_EQ(list({.caller = nobody})->at(0).id, "anonymous");
  EXPECT_EQ(list({.caller = nobody})->at(0).owner, std::nullopt);
}

TEST_P(JobList, DoesNotShowADestroyedJob) {
  put_some();
  ASSERT_TRUE(destroy("e").ok());
  ASSERT_TRUE(destroy("d").ok());
  EXPECT_THAT(ids({}), ElementsAre("b", "c", "a"));
  EXPECT_THAT(ids({.phases = {Phase::archived, Phase::completed}}), ElementsAre("a"));
}

TEST_P(JobList, GoesOnBeyondAPlace) {  // U23
  put_some();
  EXPECT_THAT(ids({.beyond = uws::ListPlace{base + 3ms, "e"}}), ElementsAre("b", "c", "a"));
  EXPECT_THAT(ids({.beyond = uws::ListPlace{base + 1ms, "b"}}), ElementsAre("c", "a"));
  EXPECT_THAT(ids({.beyond = uws::ListPlace{base + 1ms, "b"}, .last = 1}), ElementsAre("c"));
  EXPECT_THAT(ids({.phases = {Phase::completed, Phase::pending}, .beyond = uws::ListPlace{base + 1ms, "b"}}),
              ElementsAre("c", "a"));
  EXPECT_THAT(ids({.after = base, .beyond = uws::ListPlace{base + 1ms, "b"}}), ElementsAre("c"));
  EXPECT_THAT(ids({.beyond = uws::ListPlace{base, "a"}}), IsEmpty());
}

TEST_P(JobList, OfSomeRunIds) {  // U23
  put_some();
  EXPECT_THAT(ids({.run_ids = {"run of a"}}), ElementsAre("a"));
  EXPECT_THAT(ids({.run_ids = {"run of a", "run of e", "run of a"}}), ElementsAre("e", "a"));
  EXPECT_THAT(ids({.run_ids = {"run of a", "run of e"}, .last = 1}), ElementsAre("e"));
  EXPECT_THAT(ids({.phases = {Phase::error}, .run_ids = {"run of a"}}), IsEmpty());
  EXPECT_THAT(ids({.phases = {Phase::archived}, .run_ids = {"run of d"}}), ElementsAre("d"));
  EXPECT_THAT(ids({.run_ids = {"RUN OF A", "run of other"}}), IsEmpty());
}

}  // namespace
