#include <atomic>

#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using util::ErrorCode;
using uws::Phase;

class JobWait : public JobTest {
 protected:
  void SetUp() override {
    readers_ = 1;  // with one reader, reads are answered in order
    JobTest::SetUp();
  }
  struct Waiting {
    Answer<uws::Job> answer;
    std::shared_ptr<void> ticket;
  };
  Waiting wait(const uws::JobId& id, std::optional<Phase> phase = std::nullopt,
               std::chrono::milliseconds at_most = test_timeout, const uws::Owner& caller = alice) {
    Waiting waiting;
    waiting.ticket = service().wait(id, caller, phase, at_most, waiting.answer.done());
    return waiting;
  }
  /// Begins to wait, and returns when the waiter has seen the current state of the job.
  Waiting begun_wait(const uws::JobId& id) {
    Waiting waiting = wait(id);
    EXPECT_TRUE(get(id).ok());
    return waiting;
  }
};
FOR_BOTH_DATABASES(JobWait);

TEST_P(JobWait, AnswersAtOnceWhereThereIsNothingToWaitFor) {  // U30
  const uws::Job job = pending();
  EXPECT_EQ(wait(job.id, Phase::queued).answer.get().value().phase, Phase::pending);
  EXPECT_EQ(wait(job.id, std::nullopt, 0ms).answer.get().value().phase, Phase::pending);
  EXPECT_EQ(wait(job.id, std::nullopt, -1ms).answer.get().value().phase, Phase::pending);
  ASSERT_TRUE(abort(job.id).ok());
  EXPECT_EQ(wait(job.id).answer.get().value().phase, Phase::aborted);
  EXPECT_EQ(wait(job.id, Phase::aborted).answer.get().value().phase, Phase::aborted);
  EXPECT_EQ(wait(job.id, std::nullopt, test_timeout, bob).answer.get().error().code, ErrorCode::forbidden);
  EXPECT_EQ(wait("nosuchjob").answer.get().error().code, ErrorCode::not_found);
}

TEST_P(JobWait, AnswersOnAChangeOfPhase) {  // U30
  const uws::Job job = pending();
  Waiting any = begun_wait(job.id);
  Waiting named = wait(job.id, Phase::pending);
  EXPECT_FALSE(any.answer.is_there());
  ASSERT_TRUE(run(job.id).ok());
  EXPECT_EQ(any.answer.get().value().phase, Phase::queued);
  EXPECT_EQ(named.answer.get().value().phase, Phase::queued);

  const auto fence = claim(job.id)->fence;
  Waiting started = begun_wait(job.id);
  executing(job.id, fence);
  EXPECT_EQ(started.answer.get().value().phase, Phase::executing);
  Waiting done = wait(job.id, Phase::executing);
  ended(job.id, fence, {.end_time = util::now()});
  EXPECT_EQ(done.answer.get().value().phase, Phase::completed);
}

TEST_P(JobWait, AnswersAtTheLatestInTime) {  // U30
  const uws::Job job = pending();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(wait(job.id, std::nullopt, 50ms).answer.get().value().phase, Phase::pending);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
}

TEST_P(JobWait, EndsWhenTheJobIsNotSharedAnyMore) {  // U30, U68
  const uws::Caller owner("alice", {"staff"}, false), member("bob", {"staff"}, false);
  const uws::Job job = create({.owner = owner, .shared_with = "staff"}).value();
  Waiting of_owner, of_member;
  of_owner.ticket = service().wait(job.id, owner, Phase::pending, test_timeout, of_owner.answer.done());
  of_member.ticket = service().wait(job.id, member, Phase::pending, test_timeout, of_member.answer.done());
  EXPECT_TRUE(get(job.id).ok());
  Answer<uws::Job> taken_back;
  service().change(job.id, owner, {.shared_with = std::optional<std::string>()}, taken_back.done());
  ASSERT_TRUE(taken_back.get().ok());
  EXPECT_EQ(of_member.answer.get().error().code, ErrorCode::forbidden);
  EXPECT_FALSE(of_owner.answer.is_there());
  ASSERT_TRUE(abort(job.id).ok());
  EXPECT_EQ(of_owner.answer.get().value().phase, Phase::aborted);
}

TEST_P(JobWait, IsNotEndedByWhatIsNoChangeOfPhase) {
  const uws::Job job = pending();
  Waiting waiting = wait(job.id, std::nullopt, 100ms);
  ASSERT_TRUE(set_run_id(job.id, "x").ok());
  const uws::Job then = waiting.answer.get().value();
  EXPECT_EQ(then.phase, Phase::pending);
  EXPECT_EQ(then.run_id, "x");
}

TEST_P(JobWait, IsReleasedWhenTheJobIsDestroyed) {  // U32
  service().start();
  const uws::Job job = pending();
  Waiting waiting = wait(job.id);
  ASSERT_TRUE(destroy(job.id).ok());
  EXPECT_EQ(waiting.answer.get().error().code, ErrorCode::not_found);
  const uws::Job due = create({.owner = alice, .destruction = util::now() + 100ms}).value();
  EXPECT_EQ(wait(due.id).answer.get().error().code, ErrorCode::not_found);
}

TEST_P(JobWait, ADroppedWaiterIsNotAnswered) {  // U32
  const uws::Job job = pending();
  std::atomic<int> answers{0};
  const auto owned = std::make_shared<int>(0);
  for (int i = 0; i < 20; ++i) {
    auto ticket = service().wait(job.id, alice, std::nullopt, test_timeout,
                                 [&answers, owned](const util::Result<uws::Job>&) { ++answers; });
    if (i % 2 == 0) std::this_thread::sleep_for(1ms);
    ticket.reset();
  }
  Waiting kept = begun_wait(job.id);
  ASSERT_TRUE(run(job.id).ok());
  EXPECT_TRUE(kept.answer.get().ok());
  EXPECT_EQ(answers, 0);
  EXPECT_TRUE(eventually([&] { return owned.use_count() == 1; }));
}

TEST_P(JobWait, EveryWaiterIsAnsweredWhenTheServiceStops) {
  const uws::Job job = pending();
  std::vector<Waiting> all;
  for (int i = 0; i < 50; ++i) all.push_back(wait(job.id));
  service().stop();
  for (Waiting& waiting : all) EXPECT_EQ(waiting.answer.get().value().phase, Phase::pending);
  EXPECT_EQ(wait(job.id).answer.get().value().phase, Phase::pending);
}

TEST_P(JobWait, AThousandWaitersAreAnsweredByOneChange) {  // U32
  const uws::Job job = pending();
  std::atomic<int> answers{0};
  std::vector<std::shared_ptr<void>> tickets;
  for (int i = 0; i < 1000; ++i) {
    tickets.push_back(service().wait(job.id, alice, std::nullopt, test_timeout, [&](const util::Result<uws::Job>& now) {
      if (now.ok() && now.value().phase == Phase::queued) ++answers;
    }));
    if (i % 100 == 99) {
      ASSERT_TRUE(get(job.id).ok());  // waits until the reads before it are done
    }
  }
  ASSERT_TRUE(run(job.id).ok());
  EXPECT_TRUE(eventually([&] { return answers == 1000; })) << answers;
}

TEST_P(JobWait, NoChangeIsLostBetweenReadingAndWaiting) {
  for (int i = 0; i < 25; ++i) {
    const uws::Job job = pending();
    std::thread runner([&] { EXPECT_TRUE(run(job.id).ok()); });
    Waiting waiting = wait(job.id, Phase::pending, test_timeout);
    EXPECT_EQ(waiting.answer.get().value().phase, Phase::queued);
    runner.join();
  }
}

}  // namespace
