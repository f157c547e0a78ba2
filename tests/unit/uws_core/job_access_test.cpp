// Tests who may see and change a job: its owner, the group with which it is shared, administrators. Also tests HELD.
#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using util::ErrorCode;
using uws::Caller;
using uws::Phase;

class JobAccess : public JobTest {
 protected:
  util::Result<uws::Job> look(const uws::JobId& id, const Caller& caller) {
    Answer<uws::Job> answer;
    service().get(id, caller, answer.done());
    return answer.get();
  }
  util::Result<uws::Job> run(const uws::JobId& id, const Caller& caller) {
    Answer<uws::Job> answer;
    service().run(id, caller, answer.done());
    return answer.get();
  }
  util::Result<uws::Job> abort(const uws::JobId& id, const Caller& caller) {
    Answer<uws::Job> answer;
    service().abort(id, caller, answer.done());
    return answer.get();
  }
  util::Result<uws::Job> hold(const uws::JobId& id, const Caller& caller) {
    Answer<uws::Job> answer;
    service().hold(id, caller, answer.done());
    return answer.get();
  }
  util::Result<uws::Job> share(const uws::JobId& id, const Caller& caller, std::optional<std::string> group) {
    return change(id, {.shared_with = std::move(group)}, caller);
  }
  util::Status destroy(const uws::JobId& id, const Caller& caller) {
    Answer<void> answer;
    service().destroy(id, caller, answer.done());
    return answer.get();
  }
  /// Tries every change of a job except those that end it. Returns the error code of each; `internal` if it succeeded.
  std::vector<ErrorCode> changes(const uws::JobId& id, const Caller& caller) {
    std::vector<ErrorCode> codes;
    const std::vector<uws::Changes> all{{.given = uws::JobRequest{{value_of("A", "1")}}},
                                        {.run_id = "mine"},
                                        {.execution_duration = 5s},
                                        {.destruction = util::now() + 1h},
                                        {.shared_with = std::optional<std::string>()},
                                        {.phase = uws::PhaseAction::run}};
    for (const uws::Changes& asked : all) {
      const auto result = change(id, asked, caller);
      codes.push_back(result.ok() ? ErrorCode::internal : result.error().code);
    }
    return codes;
  }
  std::vector<uws::JobId> listed(const Caller& caller, std::vector<Phase> phases = {},
                                 std::optional<std::int64_t> last = std::nullopt) {
    std::vector<uws::JobId> ids;
    const auto jobs = list({.caller = caller, .phases = std::move(phases), .last = last}).value();
    for (const auto& job : jobs) ids.push_back(job.id);
    return ids;
  }
  uws::Job shared_job() { return create({.owner = Caller("alice", {"staff"}, false), .shared_with = "staff"}).value(); }

  const Caller root_{"root", {}, true};
  const Caller member_{"bob", {"other", "staff"}, false};
  const Caller stranger_{"eve", {"other"}, false};
};
FOR_BOTH_DATABASES(JobAccess);

TEST_P(JobAccess, U60_OthersSeeNothing) {
  const auto id = pending().id;
  EXPECT_EQ(look(id, stranger_).error().code, ErrorCode::forbidden);
  EXPECT_EQ(look(id, nobody).error().code, ErrorCode::forbidden);
  EXPECT_THAT(changes(id, stranger_), testing::Each(ErrorCode::forbidden));
  EXPECT_EQ(abort(id, stranger_).error().code, ErrorCode::forbidden);
  EXPECT_EQ(destroy(id, stranger_).error().code, ErrorCode::forbidden);
  EXPECT_THAT(listed(stranger_), IsEmpty());
}

TEST_P(JobAccess, U67_AdministratorsSeeAllJobs) {
  const auto mine = pending().id;
  const auto his = queued(bob).id;
  const auto nobodys = pending(nobody).id;
  EXPECT_THAT(listed(root_), UnorderedElementsAre(mine, his, nobodys));
  EXPECT_THAT(listed(root_, {Phase::queued}), ElementsAre(his));
  EXPECT_THAT(listed(root_, {Phase::queued, Phase::pending}, 2).size(), 2U);
  EXPECT_THAT(listed(root_, {}, 1), ElementsAre(listed(root_).front()));
  EXPECT_TRUE(look(mine, root_).ok());
  const auto all = list({.caller = root_}).value();
  for (const auto& job : all) {
    EXPECT_EQ(job.owner, job.id == mine ? alice : job.id == his ? bob : nobody);
  }
}

TEST_P(JobAccess, U67_AdministratorsMayAbortAndDestroyButNotChange) {
  const auto id = pending().id;
  EXPECT_THAT(changes(id, root_), testing::Each(ErrorCode::forbidden));
  EXPECT_TRUE(abort(id, root_).ok());
  EXPECT_EQ(phase(id), Phase::aborted);
  EXPECT_TRUE(destroy(id, root_).ok());
  EXPECT_TRUE(is_gone(id));
}

TEST_P(JobAccess, U67_AnAdministratorsOwnJobsAreHis) {
  const auto id = create({.owner = root_}).value().id;
  EXPECT_THAT(changes(id, root_), testing::Each(ErrorCode::internal));
}

TEST_P(JobAccess, U41_HeldIsAnAdministratorsWord) {
  const auto id = pending().id;
  EXPECT_EQ(hold(id, alice).error().code, ErrorCode::forbidden);
  EXPECT_EQ(hold(id, stranger_).error().code, ErrorCode::forbidden);
  EXPECT_EQ(phase(id), Phase::pending);
  EXPECT_EQ(hold(id, root_)->phase, Phase::held);
  EXPECT_EQ(hold(id, root_).error().code, ErrorCode::forbidden);  // the job is HELD already
}

TEST_P(JobAccess, U41_OnlyAnAdministratorReleasesIt) {
  const auto id = pending().id;
  ASSERT_TRUE(hold(id, root_).ok());
  EXPECT_EQ(run(id, alice).error().code, ErrorCode::forbidden);
  EXPECT_EQ(run(id, stranger_).error().code, ErrorCode::forbidden);
  EXPECT_EQ(run(id, nobody).error().code, ErrorCode::forbidden);
  EXPECT_EQ(phase(id), Phase::held);
  EXPECT_EQ(run(id, root_)->phase, Phase::queued);
  EXPECT_THAT(queue(), ElementsAre(id));
}

TEST_P(JobAccess, U41_AQueuedJobIsHeldAndKeepsItsPlace) {
  const auto first = queued().id;
  const auto second = queued().id;
  ASSERT_TRUE(hold(first, root_).ok());
  EXPECT_THAT(queue(), ElementsAre(second));
  EXPECT_FALSE(claim(first));
  ASSERT_TRUE(run(first, root_).ok());
  EXPECT_THAT(queue(), ElementsAre(first, second));
}

TEST_P(JobAccess, U41_AClaimedJobIsNotHeld) {
  const auto id = queued().id;
  const auto job = claim(id);
  ASSERT_TRUE(job);
  EXPECT_EQ(hold(id, root_).error().code, ErrorCode::forbidden);
  ASSERT_TRUE(executing(id, job->fence));
  EXPECT_EQ(hold(id, root_).error().code, ErrorCode::forbidden);
}

TEST_P(JobAccess, U41_TheOwnerMayAbortAndDestroyAHeldJob) {
  const auto one = pending().id, two = queued().id;
  ASSERT_TRUE(hold(one, root_).ok());
  ASSERT_TRUE(hold(two, root_).ok());
  EXPECT_TRUE(abort(one, alice).ok());
  EXPECT_EQ(phase(one), Phase::aborted);
  EXPECT_TRUE(destroy(two, alice).ok());
}

TEST_P(JobAccess, U41_AnAnonymousJobIsReleasedByAnAdministratorToo) {
  const auto id = pending(nobody).id;
  ASSERT_TRUE(hold(id, root_).ok());
  EXPECT_EQ(run(id, nobody).error().code, ErrorCode::forbidden);
  EXPECT_TRUE(run(id, root_).ok());
}

TEST_P(JobAccess, U30_WhoWaitsIsToldOfHeld) {
  const auto id = pending().id;
  Answer<uws::Job> answer;
  const auto waiter = service().wait(id, alice, Phase::pending, test_timeout, answer.done());
  ASSERT_TRUE(hold(id, root_).ok());
  EXPECT_EQ(answer.get()->phase, Phase::held);
}

TEST_P(JobAccess, U41_AReleasedJobIsJudgedAgain) {
  const auto id = pending().id;
  ASSERT_TRUE(hold(id, root_).ok());
  runs_.refuse(util::Error::of(ErrorCode::forbidden, "it is not whole"));
  EXPECT_EQ(run(id, root_).error().code, ErrorCode::forbidden);
  EXPECT_EQ(phase(id), Phase::held);
}

TEST_P(JobAccess, U68_AGroupMayLookAndChangeNothing) {
  const auto id = shared_job().id;
  EXPECT_EQ(look(id, member_)->shared_with, "staff");
  EXPECT_THAT(changes(id, member_), testing::Each(ErrorCode::forbidden));
  EXPECT_EQ(abort(id, member_).error().code, ErrorCode::forbidden);
  EXPECT_EQ(destroy(id, member_).error().code, ErrorCode::forbidden);
  EXPECT_EQ(hold(id, member_).error().code, ErrorCode::forbidden);
  EXPECT_EQ(look(id, stranger_).error().code, ErrorCode::forbidden);
  EXPECT_EQ(look(id, Caller(std::nullopt, {"staff"}, false)).error().code, ErrorCode::forbidden);
  EXPECT_EQ(phase(id), Phase::pending);
}

TEST_P(JobAccess, U68_MembersFindItInTheirList) {
  const auto shared = shared_job().id;
  const auto own = pending(bob).id;
  pending();
  EXPECT_THAT(listed(member_), UnorderedElementsAre(shared, own));
  EXPECT_THAT(listed(member_, {Phase::pending}), UnorderedElementsAre(shared, own));
  EXPECT_THAT(listed(member_, {Phase::queued}), IsEmpty());
  EXPECT_THAT(listed(stranger_), IsEmpty());
  // The owner is also a member of the group, and sees the job only once.
  const auto of_alice = listed(Caller("alice", {"staff"}, false));
  EXPECT_EQ(std::count(of_alice.begin(), of_alice.end(), shared), 1);
}

TEST_P(JobAccess, U68_SharingIsTakenBack) {
  const auto id = shared_job().id;
  ASSERT_TRUE(share(id, alice, std::nullopt).ok());
  EXPECT_EQ(look(id, member_).error().code, ErrorCode::forbidden);
  EXPECT_THAT(listed(member_), IsEmpty());
  ASSERT_TRUE(share(id, Caller("alice", {"staff"}, false), "staff").ok());
  EXPECT_TRUE(look(id, member_).ok());
}

TEST_P(JobAccess, U68_OnesOwnGroupsOnlyAreSharedWith) {
  EXPECT_EQ(create({.owner = alice, .shared_with = "staff"}).error().code, ErrorCode::forbidden);
  EXPECT_EQ(create({.owner = nobody, .shared_with = "staff"}).error().code, ErrorCode::forbidden);
  EXPECT_EQ(share(pending().id, Caller("alice", {"staff"}, false), "Staff").error().code, ErrorCode::forbidden);
  EXPECT_EQ(share(pending(nobody).id, member_, "staff").error().code, ErrorCode::forbidden);
}

TEST_P(JobAccess, U68_SharingOutlivesARestart) {
  const auto id = shared_job().id;
  restart();
  EXPECT_TRUE(look(id, member_).ok());
}

}  // namespace
