// Tests two services on one PostgreSQL database: a commit of one of them wakes the waiters of the other.
#include <gtest/gtest.h>

#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using uws::Phase;

class JobOthers : public JobTest {
 protected:
  void SetUp() override {
    JobTest::SetUp();
    service().start();
    store::DatabaseOptions options = few_threads();
    options.url = place().url();
    other_database_ = store::Database::open(options, uws::migrations()).value();
    other_ = std::make_unique<uws::JobService>(*other_database_, blobs(), JobTest::options(), acceptor_, other_runs_);
    other_->start();
    ASSERT_TRUE(eventually([&] { return listening() == 2; }));
  }
  void TearDown() override {
    other_->stop();
    other_database_.reset();
    other_.reset();
    JobTest::TearDown();
  }
  int listening() {
    return *database().read_now([](store::Session& session) -> util::Result<int> {
      int count = 0;
      session.sql() << "SELECT count(*) FROM pg_stat_activity"
                       " WHERE datname = current_database() AND query LIKE 'LISTEN%'",
          soci::into(count);
      return count;
    });
  }

  std::unique_ptr<store::Database> other_database_;
  FakeRunControl other_runs_;
  std::unique_ptr<uws::JobService> other_;
};
INSTANTIATE_TEST_SUITE_P(Database, JobOthers, ::testing::Values(store::Dialect::postgresql));

TEST_P(JobOthers, AWaiterIsAnswered) {
  const uws::Job job = pending();
  Answer<uws::Job> answer;
  const auto ticket = other_->wait(job.id, alice, std::nullopt, test_timeout, answer.done());
  ASSERT_TRUE(run(job.id).ok());
  EXPECT_EQ(answer.get().value().phase, Phase::queued);
}

TEST_P(JobOthers, AWaiterIsAnsweredThatHasMissedTheWord) {
  const uws::Job job = pending();
  Answer<uws::Job> answer;
  const auto ticket = other_->wait(job.id, alice, std::nullopt, 2 * test_timeout, answer.done());
  service().stop();  // from now on it sends no announcements
  ASSERT_TRUE(abort(job.id).ok());
  EXPECT_FALSE(answer.is_there());
  PostgresServer::instance().cut(place().name());
  EXPECT_EQ(answer.get().value().phase, Phase::aborted);
}

TEST_P(JobOthers, AJobOfAnotherListIsToldOfAsWell) {
  FakeAcceptor acceptor;
  const auto tap = other_->for_list("tap", acceptor);
  Answer<uws::Job> made;
  tap->create({.owner = alice, .run = true}, made.done());
  const uws::JobId id = made.get().value().id;
  EXPECT_TRUE(eventually([&] { return runs_.queued() == std::vector{id}; }));
}

TEST_P(JobOthers, AListShowsWhatTheOtherServiceHasAnswered) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  const auto phases = [this] {
    Answer<std::vector<uws::JobReference>> answer;
    other_->list({.caller = alice}, answer.done());
    const std::vector<uws::JobReference> jobs = answer.get().value();
    std::vector<Phase> found;
    for (const uws::JobReference& job : jobs) found.push_back(job.phase);
    return found;
  };
  EXPECT_THAT(phases(), IsEmpty());
  const uws::Job job = pending();
  EXPECT_THAT(phases(), ElementsAre(Phase::pending));
  EXPECT_THAT(phases(), ElementsAre(Phase::pending));
  ASSERT_TRUE(run(job.id).ok());
  EXPECT_THAT(phases(), ElementsAre(Phase::queued));
  ASSERT_TRUE(destroy(job.id).ok());
  EXPECT_THAT(phases(), IsEmpty());
}

TEST_P(JobOthers, WhoeverRunsTheJobGetsTheWish) {
  const uws::Job queued_here = queued();
  const auto fence = claim(queued_here.id)->fence;
  executing(queued_here.id, fence);
  Answer<uws::Job> aborted;
  other_->abort(queued_here.id, alice, aborted.done());
  ASSERT_TRUE(aborted.get().ok());
  EXPECT_TRUE(eventually([&] { return runs_.aborts() == std::vector{queued_here.id}; }));
  Answer<void> destroyed;
  other_->destroy(queued_here.id, alice, destroyed.done());
  ASSERT_TRUE(destroyed.get().ok());
  EXPECT_TRUE(eventually([&] { return runs_.destroyed() == std::vector{queued_here.id}; }));
}

TEST_P(JobOthers, WhatIsQueuedIsRunByWhoeverCan) {
  const uws::Job job = pending();
  Answer<uws::Job> answer;
  other_->run(job.id, alice, answer.done());
  ASSERT_TRUE(answer.get().ok());
  EXPECT_TRUE(eventually([&] { return runs_.queued() == std::vector{job.id}; }));
}

}  // namespace
