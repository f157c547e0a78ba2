// Tests several job lists in one database: a job always belongs to the same list.
#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using testing::ElementsAre;
using testing::IsEmpty;
using util::ErrorCode;
using uws::Phase;

class Lists : public JobTest {
 protected:
  void SetUp() override {
    JobTest::SetUp();
    tap_ = service().for_list("tap", tap_acceptor_);
  }
  void TearDown() override {
    tap_.reset();
    JobTest::TearDown();
  }

  template <typename Call>
  static util::Result<uws::Job> ask(Call call) {
    Answer<uws::Job> answer;
    call(answer.done());
    return answer.get();
  }
  util::Result<uws::Job> create_in_tap(uws::Creation creation) {
    creation.owner = alice;
    return ask([&](auto done) { tap_->create(std::move(creation), done); });
  }
  std::vector<uws::JobId> listed(uws::JobService& in, std::vector<Phase> phases = {}) {
    Answer<std::vector<uws::JobReference>> answer;
    in.list({.caller = alice, .phases = std::move(phases)}, answer.done());
    const auto jobs = answer.get().value();
    std::vector<uws::JobId> ids;
    for (const uws::JobReference& job : jobs) ids.push_back(job.id);
    return ids;
  }

  FakeAcceptor tap_acceptor_;
  std::unique_ptr<uws::JobService> tap_;
};
FOR_BOTH_DATABASES(Lists);

TEST_P(Lists, ShowTheirOwnJobsOnly) {  // U20
  const uws::JobId ours = pending().id;
  const uws::Job theirs = create_in_tap({}).value();
  EXPECT_EQ(theirs.list, "tap");
  EXPECT_THAT(listed(service()), ElementsAre(ours));
  EXPECT_THAT(listed(*tap_), ElementsAre(theirs.id));
  EXPECT_THAT(listed(*tap_, {Phase::pending}), ElementsAre(theirs.id));
  EXPECT_THAT(listed(*tap_, {Phase::queued}), IsEmpty());
}

TEST_P(Lists, DoNotFindJobsOfOthers) {
  const uws::JobId ours = pending().id;
  const uws::JobId theirs = create_in_tap({}).value().id;
  EXPECT_TRUE(is_gone(theirs));
  const auto refused = [&](auto call) {
    const auto job = ask(call);
    return !job.ok() && job.error().code == ErrorCode::not_found;
  };
  EXPECT_TRUE(refused([&](auto done) { tap_->get(ours, alice, done); }));
  EXPECT_TRUE(refused([&](auto done) { tap_->get(ours, bob, done); })) << "not even that it is somebody else's";
  EXPECT_TRUE(refused([&](auto done) { tap_->get_summary(ours, alice, done); }));
  EXPECT_TRUE(refused([&](auto done) { tap_->change(ours, alice, {.given = uws::JobRequest()}, done); }));
  EXPECT_TRUE(refused([&](auto done) { tap_->change(ours, alice, {.execution_duration = 1s}, done); }));
  EXPECT_TRUE(refused([&](auto done) { tap_->change(ours, alice, {.destruction = util::now() + 1h}, done); }));
  EXPECT_TRUE(refused([&](auto done) { tap_->change(ours, alice, {.run_id = "x"}, done); }));
  EXPECT_TRUE(refused([&](auto done) { tap_->run(ours, alice, done); }));
  EXPECT_TRUE(refused([&](auto done) { tap_->abort(ours, alice, done); }));
  std::shared_ptr<void> waiter;
  EXPECT_TRUE(refused([&](auto done) { waiter = tap_->wait(ours, alice, std::nullopt, 10s, done); }));
  Answer<void> destroyed;
  tap_->destroy(ours, alice, destroyed.done());
  EXPECT_FALSE(destroyed.get().ok());
  EXPECT_EQ(phase(ours), Phase::pending);
}

TEST_P(Lists, AskTheirOwnAcceptor) {
  tap_acceptor_.refuse("IMAGE", ErrorCode::invalid_argument);
  EXPECT_FALSE(create_in_tap({.given = {.parameters = {value_of("image", "x")}}}).ok());
  EXPECT_TRUE(create({.owner = alice, .given = {.parameters = {value_of("image", "x")}}}).ok());
}

TEST_P(Lists, AreQueuedAndRunTogether) {
  const uws::JobId theirs = create_in_tap({.run = true}).value().id;
  const uws::JobId ours = queued().id;
  EXPECT_EQ(queue().size(), 2U);
  const auto job = claim(theirs);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->list, "tap");
  ASSERT_TRUE(executing(theirs, job->fence));
  EXPECT_EQ(ask([&](auto done) { tap_->get(theirs, alice, done); })->phase, Phase::executing);
  EXPECT_EQ(phase(ours), Phase::queued);
}

TEST_P(Lists, CountForOneQuota) {  // U14
  options().max_jobs_per_owner = 2;
  tap_.reset();
  restart();
  tap_ = service().for_list("tap", tap_acceptor_);
  pending();
  ASSERT_TRUE(create_in_tap({}).ok());
  EXPECT_EQ(create_in_tap({}).error().code, ErrorCode::too_many);
}

TEST_P(Lists, WakeTheWaitersOfTheirJobs) {  // U30
  const uws::JobId id = create_in_tap({}).value().id;
  Answer<uws::Job> waited;
  const auto waiter = tap_->wait(id, alice, std::nullopt, test_timeout, waited.done());
  ASSERT_TRUE(ask([&](auto done) { tap_->run(id, alice, done); }).ok());
  EXPECT_EQ(waited.get()->phase, Phase::queued);
}

}  // namespace
