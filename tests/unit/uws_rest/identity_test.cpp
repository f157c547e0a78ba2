// Who asks (U65).
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

}  // namespace
}  // namespace uws::rest
