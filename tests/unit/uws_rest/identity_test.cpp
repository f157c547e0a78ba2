// Tests how the caller's identity affects requests (U65).
#include <nlohmann/json.hpp>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::HasSubstr;

class Identity : public TreeTest {};
FOR_SQLITE(Identity);

TEST_P(Identity, U65_AnAnonymousJobHasNoOwnerAndIsHisWhoKnowsItsUrl) {
  user_.reset();
  const JobId id = make("IMAGE=a");
  EXPECT_EQ(get(path(id) + "/owner").body, "");
  EXPECT_TRUE(nlohmann::json::parse(get_json(path(id)).body)["ownerId"].is_null());
  EXPECT_THAT(get("/jobs").body, Not(HasSubstr(id)));
  user_ = "alice";
  EXPECT_EQ(get(path(id)).status, 200);
}

TEST_P(Identity, U65_WhereAnonymousUseIsOffEverythingButVosiIs401) {
  fakes::RefusingAuthenticator strict;
  const auto server = server_of(strict);
  for (const char* target : {"/jobs", "/jobs/x", "/jobs/x/results/stdout", "/sync/x"}) {
    SCOPED_TRACE(target);
    const auto response = fakes::TestClient(server->port()).get(target);
    EXPECT_EQ(response.status, 401);
    std::string challenges;
    for (const auto challenge : response.headers.all("WWW-Authenticate")) challenges += std::string(challenge) + "\n";
    EXPECT_THAT(challenges, HasSubstr("Basic "));
    EXPECT_THAT(challenges, HasSubstr("Bearer "));
  }
  EXPECT_EQ(fakes::TestClient(server->port()).post_form("/jobs", "IMAGE=a").status, 401);
  EXPECT_EQ(fakes::TestClient(server->port()).get("/availability").status, 200);
  EXPECT_EQ(fakes::TestClient(server->port()).get("/capabilities").status, 200);
}

TEST_P(Identity, U65_LoginCanBeFoundOut) {
  const auto challenges = [](const fakes::TestResponse& response) {
    return response.headers.all("WWW-Authenticate").size();
  };
  user_.reset();
  for (const char* target : {"/capabilities", "/jobs", "/jobs/none"}) {
    EXPECT_EQ(challenges(get(target)), 1U) << target;
    EXPECT_EQ(challenges(ask("HEAD", target)), 1U) << target;
    EXPECT_EQ(get(target).header("X-VO-Authenticated"), "") << target;
  }
  EXPECT_EQ(challenges(get("/availability")), 0U) << "the same for everybody";
  const auto made = post("/jobs", "IMAGE=a");
  EXPECT_EQ(made.status, 303);
  EXPECT_EQ(challenges(made), 0U);
  EXPECT_EQ(post(path(id_of(made)) + "/phase", "PHASE=HELD").status, 403);
  EXPECT_EQ(challenges(post(path(id_of(made)) + "/phase", "PHASE=HELD")), 1U) << "with a name one might";

  user_ = "alice";
  EXPECT_EQ(get("/capabilities").header("X-VO-Authenticated"), "alice");
  EXPECT_EQ(challenges(get("/capabilities")), 0U);
  fakes::RefusingAuthenticator strict;
  const auto server = server_of(strict);
  const auto wrong = fakes::TestClient(server->port()).request("GET", "/capabilities", {{"Authorization", "Basic x"}});
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(challenges(wrong), 2U);
}

}  // namespace
}  // namespace uws::rest
