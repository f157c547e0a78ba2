// Who asks, and whether the service is up (U64, U65).
#include <nlohmann/json.hpp>

#include <pugixml.hpp>

#include "unit/uws_rest/tree_fixture.h"

namespace uws::rest {
namespace {

using testing::ElementsAre;
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

TEST_P(Identity, U65_WhereAnonymousUseIsOffEverythingButAvailabilityIs401) {
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
}

TEST_P(Identity, U64_AvailabilityAsVosiSays) {
  health_.set({false, {"docker: no answer", "db: <fine>"}});
  user_.reset();
  const auto response = get("/availability");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.header("Content-Type"), HasSubstr("text/xml"));
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(response.body.c_str()));
  const auto root = document.document_element();
  EXPECT_STREQ(root.attribute("xmlns:vosi").value(), "http://www.ivoa.net/xml/VOSIAvailability/v1.0");
  std::vector<std::string> parts;
  for (const auto& child : root.children()) parts.push_back(std::string(child.name()) + "=" + child.text().get());
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_TRUE(util::parse_instant(root.child("vosi:upSince").text().get()).ok());
  parts.erase(parts.begin() + 1);
  EXPECT_THAT(parts, ElementsAre("vosi:available=false", "vosi:note=docker: no answer", "vosi:note=db: <fine>"));
}

TEST_P(Identity, U64_AvailabilityAsJson) {
  const auto report = nlohmann::json::parse(get_json("/availability").body);
  EXPECT_EQ(report["available"], true);
  EXPECT_TRUE(report["notes"].empty());
  EXPECT_EQ(get("/availability?RESPONSEFORMAT=tea").status, 400);
}

}  // namespace
}  // namespace uws::rest
