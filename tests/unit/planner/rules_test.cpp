#include "planner/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace planner {
namespace {

class Rules : public ::testing::Test {
 protected:
  /// The status codes of the reasons for which `acceptance` refuses the task.
  std::vector<int> against(const std::string& taskinfo, const Acceptance& acceptance,
                           const std::string& resources = "{}", const std::string& tasktype = "rosetta-container") {
    const task::Catalogue catalogue = task::Catalogue::built_in();
    const task::TaskType* type = catalogue.find_task_type(tasktype, "");
    const task::PlannerRequest request{tasktype, *data::parse_yaml(taskinfo), *data::parse_yaml(resources)};
    Question question = understand(who, *type, request);
    question.image = image;
    is_image_looked_for = needs_inspection(question, acceptance);
    reasons = reasons_against(question, acceptance);
    std::vector<int> codes;
    for (const Reason& reason : reasons) codes.push_back(reason.httpcode);
    return codes;
  }
  static Acceptance with_image(ImageRules rules) {
    Acceptance acceptance;
    acceptance.image = std::move(rules);
    return acceptance;
  }

  http::Identity who;
  executor::ImageKnowledge image;
  std::vector<Reason> reasons;
  bool is_image_looked_for = false;
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(Rules, RolesAreGroupsAndTheNamesOfTheHouse) {
  Acceptance acceptance;
  EXPECT_THAT(against("{image_name: a}", acceptance), IsEmpty());
  acceptance.roles = {"user"};
  EXPECT_THAT(against("{image_name: a}", acceptance), ElementsAre(401));
  who.user = "ada";
  EXPECT_THAT(against("{image_name: a}", acceptance), IsEmpty());
  acceptance.roles = {"astronomers", "administrator"};
  EXPECT_THAT(against("{image_name: a}", acceptance), ElementsAre(403));
  who.groups = {"astronomers"};
  EXPECT_THAT(against("{image_name: a}", acceptance), IsEmpty());
}

TEST_F(Rules, ImagesAreListedPinnedAndOfAPlatform) {
  EXPECT_THAT(against("{image_name: a/b}", with_image({.allow = {"a/*"}})), IsEmpty());
  EXPECT_THAT(against("{image_name: b/b}", with_image({.allow = {"a/*"}})), ElementsAre(403));
  EXPECT_THAT(against("{image_name: a}", with_image({.needs_digest = true})), ElementsAre(403));
  const std::string pinned = "{image_name: 'a@sha256:" + std::string(64, 'a') + "'}";
  EXPECT_THAT(against(pinned, with_image({.needs_digest = true})), IsEmpty());
  EXPECT_THAT(against("{image_name: a, image_arch: arm64}", with_image({.platforms = {"linux/amd64"}})),
              ElementsAre(403));
}

TEST_F(Rules, WhatIsNoTaskIsAcceptedByNobody) {
  const Acceptance acceptance = with_image({.allow = {"a/*"}});
  for (const char* taskinfo :
       {"{image: 'NOT A REFERENCE'}", "{}", "{imagee: a/b}", "{image: evil/x, ports: [nonsense]}"}) {
    EXPECT_THAT(against(taskinfo, acceptance, "{}", "docker-container"), ElementsAre(400)) << taskinfo;
  }
  EXPECT_THAT(against("{image: a/b, resources: {cores: 4}}", acceptance, "{mincores: 2}", "docker-container"),
              ElementsAre(400));
}

TEST_F(Rules, NothingIsLookedForThatIsRefusedUnseen) {
  Acceptance acceptance = with_image({.allow = {"a/*"}, .must_exist = true});
  against("{image_name: a/b}", acceptance);
  EXPECT_TRUE(is_image_looked_for);
  against("{image_name: b/b}", acceptance);
  EXPECT_FALSE(is_image_looked_for);
  acceptance.roles = {"user"};
  against("{image_name: a/b}", acceptance);
  EXPECT_FALSE(is_image_looked_for);
}

TEST_F(Rules, AnImageOfSeveralPlatformsIsForEach) {
  image.facts = executor::ImageFacts{};
  image.facts->platforms = {"linux/amd64", "linux/arm64"};
  EXPECT_THAT(against("{image: a}", with_image({.platforms = {"linux/arm64"}}), "{}", "docker-container"), IsEmpty());
  EXPECT_THAT(against("{image: a}", with_image({.platforms = {"linux/s390x"}}), "{}", "docker-container"),
              ElementsAre(403));
}

TEST_F(Rules, APortIsKnownFromTheTaskOrFromTheImage) {
  image.facts = executor::ImageFacts{};
  const std::string told = "{image_name: a, interface_port: 80}";
  const std::string untold = "{image_name: a}";
  EXPECT_THAT(against(told, with_image({.port = PortEvidence::taskinfo})), IsEmpty());
  EXPECT_THAT(against(untold, with_image({.port = PortEvidence::taskinfo})), ElementsAre(403));
  EXPECT_THAT(against(told, with_image({.port = PortEvidence::image})), ElementsAre(403));
  EXPECT_THAT(against(untold, with_image({.port = PortEvidence::either})), ElementsAre(403));
  image.facts->exposed_ports = {"53/udp"};
  EXPECT_THAT(against(untold, with_image({.port = PortEvidence::either})), ElementsAre(403));
  image.facts->exposed_ports = {"80/tcp"};
  EXPECT_THAT(against(untold, with_image({.port = PortEvidence::either})), IsEmpty());
  EXPECT_THAT(against(untold, with_image({.port = PortEvidence::image})), IsEmpty());
}

TEST_F(Rules, WhoCannotBeAskedIsSaidSo) {
  image.error = util::Error::of(util::ErrorCode::unavailable, "no answer");
  EXPECT_THAT(against("{image_name: a}", with_image({.must_exist = true})), ElementsAre(503));
  EXPECT_THAT(against("{image_name: a, interface_port: 80}", with_image({.port = PortEvidence::either})), IsEmpty());
}

TEST_F(Rules, WhatIsAskedForMustBeThere) {
  Acceptance acceptance;
  acceptance.resources.max_millicores = 2000;
  acceptance.resources.max_memory_bytes = 1LL << 30;
  acceptance.resources.min_startup = std::chrono::seconds(60);
  EXPECT_THAT(against("{image_name: a}", acceptance, "{mincores: 2, minmemory: 1G, maxstartup: 60s}"), IsEmpty());
  EXPECT_THAT(against("{image_name: a}", acceptance, "{mincores: 3, minmemory: 2G, maxstartup: 10s}"),
              ElementsAre(403, 403, 503));
  EXPECT_EQ(reasons[1].path, "/resources/minmemory");
  EXPECT_EQ(reasons[1].text, "2 GiB are more than is given (accepted: at most 1 GiB)");
}

}  // namespace
}  // namespace planner
