#include "uws/core/job_list.h"

#include <algorithm>

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
  /// Of alice's jobs, "e" is the newest; "b" and "c" have the same creation time.
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

/// A job for each combination of phase, RUNID, owner and group. The newest job has the largest number.
class JobListOfMany : public JobList {
 protected:
  struct Made {
    uws::JobRow row;
    bool is_listed(const uws::ListQuery& query) const {
      const uws::Job& job = row.job;
      const auto among = [](const auto& values, const auto& value) {
        return std::find(values.begin(), values.end(), value) != values.end();
      };
      const uws::Caller& caller = query.caller;
      const bool shared = job.shared_with && among(caller.groups, *job.shared_with);
      if (!caller.administrator && job.owner != caller.user && !shared) return false;
      if (query.phases.empty() ? job.phase == Phase::archived : !among(query.phases, job.phase)) return false;
      if (!query.run_ids.empty() && !(job.run_id && among(query.run_ids, *job.run_id))) return false;
      if (query.after && job.creation_time <= *query.after) return false;
      if (!query.beyond) return true;
      return job.creation_time < query.beyond->creation_time ||
             (job.creation_time == query.beyond->creation_time && job.id > query.beyond->id);
    }
  };

  void SetUp() override {
    JobList::SetUp();
    for (const uws::Owner& owner : {alice, bob}) {
      for (const std::optional<std::string>& group :
           {std::optional<std::string>(), std::optional<std::string>("staff")}) {
        for (const Phase phase : {Phase::pending, Phase::completed, Phase::error, Phase::archived}) {
          for (const std::optional<std::string>& run_id :
               {std::optional<std::string>(), std::optional<std::string>("r"), std::optional<std::string>("s")}) {
            uws::JobRow row;
            row.job.id = "job" + std::to_string(100 + made_.size());
            row.job.owner = owner;
            row.job.shared_with = group;
            row.job.phase = phase;
            row.job.run_id = run_id;
            row.job.creation_time = base + std::chrono::milliseconds(made_.size() / 3);  // three jobs for each time
            made_.push_back({row});
          }
        }
      }
    }
    in_transaction([&](auto& transaction) {
      for (const Made& made : made_) uws::insert_row(transaction, made.row);
      return true;
    });
  }

  std::vector<std::string> expected(const uws::ListQuery& query) const {
    std::vector<const uws::Job*> jobs;
    for (const Made& made : made_) {
      if (made.is_listed(query)) jobs.push_back(&made.row.job);
    }
    std::sort(jobs.begin(), jobs.end(), [](const uws::Job* a, const uws::Job* b) {
      return a->creation_time != b->creation_time ? a->creation_time > b->creation_time : a->id < b->id;
    });
    std::vector<std::string> ids;
    for (const uws::Job* job : jobs) {
      if (!query.last || ids.size() < static_cast<std::size_t>(*query.last)) ids.push_back(job->id);
    }
    return ids;
  }
  std::vector<std::string> found(const uws::ListQuery& query) {
    std::vector<std::string> ids;
    const auto jobs = list(query).value();
    for (const uws::JobReference& job : jobs) ids.push_back(job.id);
    return ids;
  }

  std::vector<Made> made_;
};
FOR_BOTH_DATABASES(JobListOfMany);

TEST_P(JobListOfMany, HoldsWhatIsAskedForWhoeverAsks) {  // U20, U23, U67, U68
  const std::vector<uws::Caller> callers{
      alice, {"root", {"staff"}, true}, {"bob", {"staff", "other", "staff"}, false}, {"eve", {"staff"}, false}};
  const std::vector<std::vector<Phase>> phases{
      {}, {Phase::error}, {Phase::error, Phase::archived, Phase::error, Phase::held}};
  const std::vector<std::vector<std::string>> run_ids{{}, {"r"}, {"s", "r", "none", "r"}};
  for (const uws::Caller& caller : callers) {
    for (const auto& phase : phases) {
      for (const auto& run_id : run_ids) {
        uws::ListQuery query{.caller = caller, .phases = phase, .run_ids = run_id};
        SCOPED_TRACE(caller.user.value_or("") + ", phases " + std::to_string(phase.size()) + ", RUNIDs " +
                     std::to_string(run_id.size()));
        EXPECT_EQ(found(query), expected(query));
        query.last = 5;
        EXPECT_EQ(found(query), expected(query));
        query.after = base + 3ms;
        query.beyond = uws::ListPlace{base + 14ms, "job143"};
        EXPECT_EQ(found(query), expected(query));
      }
    }
  }
}

TEST_P(JobListOfMany, ReferencesAreOfThoseThatThereAreAndThatTheCallerMaySee) {
  std::vector<uws::JobId> asked;
  for (int i = 0; i < 70; ++i) asked.push_back("no such job " + std::to_string(i));
  for (const Made& made : made_) asked.push_back(made.row.job.id);
  ASSERT_TRUE(destroy(made_.front().row.job.id).ok());
  Answer<std::vector<uws::JobReference>> answer;
  service().get_references(asked, alice, answer.done());
  std::vector<std::string> found, expected;
  const auto jobs = answer.get().value();
  for (const uws::JobReference& job : jobs) {
    EXPECT_EQ(job.owner, alice);
    found.push_back(job.id);
  }
  for (const Made& made : made_) {
    if (made.row.job.owner == alice) expected.push_back(made.row.job.id);
  }
  expected.erase(expected.begin());
  EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected));
}

TEST_P(JobListOfMany, IsOneStatementHoweverOftenAWordIsSaid) {  // U23
  uws::ListQuery query{.caller = {"bob", {"staff", "other"}, false}};
  for (int i = 0; i < 500; ++i) query.phases.push_back(i % 2 == 0 ? Phase::error : Phase::completed);
  for (int i = 0; i < 500; ++i) query.run_ids.push_back("r" + std::to_string(i % 20));
  EXPECT_TRUE(uws::is_one_statement(query));
  EXPECT_EQ(found(query), expected(query));
}

TEST_P(JobListOfMany, OfMoreGroupsThanOneStatementTakesIsWhole) {
  uws::ListQuery query{.caller = {"eve", {"staff"}, false}};
  for (int i = 0; i < 300; ++i) query.caller.groups.push_back("group" + std::to_string(i));
  EXPECT_FALSE(uws::is_one_statement(query));
  EXPECT_EQ(found(query), expected(query));
  query.last = 7;
  EXPECT_EQ(found(query), expected(query));
}

}  // namespace
