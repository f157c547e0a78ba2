// Tests administrators, HELD and sharing over HTTP (U41, U67, U68).
#include <nlohmann/json.hpp>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::HasSubstr;

class Access : public TreeTest {
 protected:
  /// Requests of the current user as a member of these groups.
  fakes::TestResponse get_of(const std::string& groups, const std::string& target) {
    return get(target, {{"Groups", groups}});
  }
  fakes::TestResponse post_of(const std::string& groups, const std::string& target, std::string_view form) {
    return post(target, form, {{"Groups", groups}});
  }
};
FOR_SQLITE(Access);

TEST_P(Access, U41_AnAdministratorHoldsAndReleases) {
  const JobId id = make("PHASE=RUN");
  EXPECT_EQ(post(path(id) + "/phase", "PHASE=HELD").status, 403);
  user_ = "root";
  EXPECT_EQ(post(path(id) + "/phase", "phase=held").status, 303);
  EXPECT_EQ(phase_word(id), "HELD");
  EXPECT_THAT(get("/jobs?PHASE=HELD").body, HasSubstr(id));
  user_ = "alice";
  const auto refused = post(path(id) + "/phase", "PHASE=RUN");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("administrator"));
  EXPECT_EQ(get(path(id) + "?WAIT=10").status, 200);  // answered at once, as WAIT has no effect in HELD
  user_ = "root";
  EXPECT_EQ(post(path(id), "PHASE=RUN").status, 303);
  EXPECT_EQ(phase_word(id), "QUEUED");
}

TEST_P(Access, U41_NoJobIsMadeHeld) {
  user_ = "root";
  const auto refused = post("/jobs", "PHASE=HELD");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("PHASE"));
}

TEST_P(Access, U41_TheOwnerEndsAHeldJob) {
  const JobId aborted = make("PHASE=RUN"), deleted = make("PHASE=RUN");
  user_ = "root";
  post(path(aborted), "PHASE=HELD");
  post(path(deleted), "PHASE=HELD");
  user_ = "alice";
  EXPECT_EQ(post(path(aborted) + "/phase", "PHASE=ABORT").status, 303);
  EXPECT_EQ(phase_word(aborted), "ABORTED");
  EXPECT_EQ(ask("DELETE", path(deleted)).status, 303);
  EXPECT_EQ(get(path(deleted)).status, 404);
}

TEST_P(Access, U67_AnAdministratorSeesAllJobsWithTheirOwners) {
  const JobId hers = make();
  user_.reset();
  const JobId nobodys = make();
  user_ = "root";
  const auto jobs = nlohmann::json::parse(get_json("/jobs").body)["jobs"];
  ASSERT_EQ(jobs.size(), 2U);
  for (const auto& job : jobs) {
    EXPECT_EQ(job["ownerId"], job["jobId"] == hers ? nlohmann::json("alice") : nlohmann::json(nullptr));
  }
  EXPECT_EQ(get(path(hers)).status, 200);
  EXPECT_EQ(get(path(hers) + "/owner").body, "alice");
  EXPECT_EQ(post(path(hers) + "/destruction", "DESTRUCTION=2099-01-01").status, 403);
  EXPECT_EQ(post(path(hers), "A=1").status, 403);
  EXPECT_EQ(post(path(hers) + "/phase", "PHASE=RUN").status, 403);
  EXPECT_EQ(post(path(hers) + "/phase", "PHASE=ABORT").status, 303);
  EXPECT_EQ(ask("DELETE", path(hers)).status, 303);
  EXPECT_EQ(ask("DELETE", path(nobodys)).status, 303);
}

TEST_P(Access, U68_AJobIsSharedWithAGroupThatMayOnlyLook) {
  const JobId id = id_of(post_of("staff", "/jobs", "SHARE=staff&A=1"));
  EXPECT_THAT(get(path(id)).body, HasSubstr("<sharedWith>staff<"));
  EXPECT_EQ(nlohmann::json::parse(get_json(path(id)).body)["jobInfo"]["sharedWith"], "staff");
  user_ = "bob";
  EXPECT_EQ(get(path(id)).status, 403);
  EXPECT_EQ(get_of("other", path(id)).status, 403);
  for (const char* part : {"", "/phase", "/parameters", "/parameters/A", "/results", "/owner"}) {
    EXPECT_EQ(get_of("other,staff", path(id) + part).status, 200) << part;
  }
  EXPECT_THAT(get_of("staff", "/jobs").body, HasSubstr(id));
  EXPECT_THAT(get("/jobs").body, Not(HasSubstr(id)));
  for (const char* form : {"PHASE=RUN", "PHASE=ABORT", "PHASE=HELD", "A=2", "RUNID=x", "SHARE=", "SHARE=staff",
                           "ACTION=DELETE", "EXECUTIONDURATION=5"}) {
    EXPECT_EQ(post_of("staff", path(id), form).status, 403) << form;
  }
  EXPECT_EQ(ask("DELETE", path(id), {{"Groups", "staff"}}).status, 403);
  EXPECT_EQ(ask("PUT", path(id) + "/parameters/A", {{"Groups", "staff"}}, "2").status, 403);
}

TEST_P(Access, U68_SharingChangesAndEnds) {
  const JobId id = make();
  EXPECT_EQ(post(path(id), "SHARE=staff").status, 403);  // the user is a member of no group
  EXPECT_EQ(post_of("staff,vo", path(id), "share=vo").status, 303);
  user_ = "bob";
  EXPECT_EQ(get_of("vo", path(id)).status, 200);
  user_ = "alice";
  const auto etag = get(path(id)).header("ETag");
  EXPECT_EQ(post(path(id), "SHARE=").status, 303);
  EXPECT_NE(get(path(id)).header("ETag"), etag);
  EXPECT_THAT(get(path(id)).body, Not(HasSubstr("sharedWith")));
  user_ = "bob";
  EXPECT_EQ(get_of("vo", path(id)).status, 403);
}

TEST_P(Access, U68_AnAnonymousJobIsNotShared) {
  user_.reset();
  EXPECT_EQ(post("/jobs", "SHARE=staff").status, 403);
  EXPECT_EQ(post(path(make()), "SHARE=staff").status, 403);
  EXPECT_EQ(post(path(make()), "SHARE=").status, 403);
}

}  // namespace
}  // namespace uws::rest
