#include "docker/images/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docker/facts.h"
#include "docker/images/passwd.h"

namespace docker {
namespace {

using ::testing::ElementsAre;

data::Node parse_image(const std::string& text) {
  auto node = data::parse_json(text);
  EXPECT_TRUE(node.ok()) << text;
  return node.ok() ? *node : data::Node();
}

const task::ImageReference hub{"docker.io", "library/hello-world", "latest", ""};

TEST(Image, ItsDigestIsTheOneOfItsOwnName) {
  const auto image = parse_image(R"({"Id":"sha256:1d","Size":1984230,"Os":"linux","Architecture":"amd64",
    "RepoDigests":["other@sha256:aa","hello-world@sha256:bb"],
    "Config":{"User":"1234:5","ExposedPorts":{"80/tcp":{},"53/udp":{}}}})");
  const auto facts = image_facts(image, hub);
  EXPECT_EQ(facts.digest, "sha256:bb");
  EXPECT_EQ(facts.id, "sha256:1d");
  EXPECT_EQ(facts.size_bytes, 1984230U);
  EXPECT_EQ(facts.user, "1234:5");
  EXPECT_THAT(facts.exposed_ports, ElementsAre("80/tcp", "53/udp"));
}

TEST(Image, WithoutADigestItIsTheId) {
  EXPECT_EQ(image_facts(parse_image(R"({"Id":"sha256:1d","RepoDigests":[]})"), hub).digest, "sha256:1d");
  EXPECT_EQ(image_facts(parse_image(R"({"Id":"sha256:1d","RepoDigests":null})"), hub).digest, "sha256:1d");
  EXPECT_EQ(image_facts(parse_image(R"({"Id":"sha256:1d","RepoDigests":["evil/hello-world@sha256:bb"]})"), hub).digest,
            "sha256:1d");
}

TEST(Image, AnIdStandsForANameOnlyIfItHasIt) {
  const auto image = parse_image(R"({"RepoTags":["hello-world:v1","registry.example:5000/a/b:c"]})");
  EXPECT_TRUE(is_named(image, hub));
  EXPECT_TRUE(is_named(image, {"registry.example:5000", "a/b", "", "sha256:1d"}));
  EXPECT_FALSE(is_named(image, {"docker.io", "library/hello", "", ""}));
  EXPECT_FALSE(is_named(image, {"registry.example:5000", "hello-world", "", ""}));
}

TEST(Image, IsAskedForByTagOrDigest) {
  EXPECT_EQ(engine_name(hub), "docker.io/library/hello-world:latest");
  EXPECT_EQ(engine_name({"r.example", "a", "tag", "sha256:ff"}), "r.example/a@sha256:ff");
}

TEST(ImageUser, RootInEverySpellingIsReplaced) {
  for (const auto* user : {"", "0", "root", "0:0", "root:root", "0:5", "00", "root:wheel"}) {
    EXPECT_TRUE(read_user(user).is_root) << user;
  }
}

TEST(ImageUser, NumbersAndNamesAreKept) {
  EXPECT_EQ(read_user("1234:5").ids, (UserIds{1234, 5}));
  EXPECT_EQ(read_user("1234").ids, (UserIds{1234, 0}));
  EXPECT_EQ(read_user("1234:staff").ids, (UserIds{1234, 0}));
  EXPECT_EQ(read_user("astro:staff").name, "astro");
  EXPECT_EQ(read_user("+0").name, "+0") << "no such name will be found";
  EXPECT_EQ(read_user("99999999999").name, "99999999999");
}

TEST(ImageUser, IsLookedUpInPasswd) {
  const auto* text =
      "root:x:0:0:root:/root:/bin/sh\n\nnonsense\nastro:x:4321:22::/home:/bin/sh\nbad:x:y:z:::\nastro:x:1:1:::\n";
  EXPECT_EQ(find_user(text, "astro"), (UserIds{4321, 22}));
  EXPECT_EQ(find_user(text, "root"), (UserIds{0, 0}));
  EXPECT_EQ(find_user(text, "bad"), std::nullopt);
  EXPECT_EQ(find_user(text, "ast"), std::nullopt);
  EXPECT_EQ(find_user("", ""), std::nullopt);
  EXPECT_EQ(name_of_user(text, 4321), "astro");
  EXPECT_EQ(name_of_user(text, 1234), std::nullopt);
}

TEST(ImageUser, IsAddedToPasswdUnderANameOfItsOwn) {
  EXPECT_EQ(name_for_user("duws:x:1:1:::\n"), "duws-run");
  EXPECT_EQ(with_user("a:x:1:1:::", "duws", {2, 3}), "a:x:1:1:::\nduws:x:2:3::/work/job:/bin/sh\n");
  EXPECT_EQ(with_user("", "duws", {2, 3}), "root:x:0:0:root:/root:/bin/sh\nduws:x:2:3::/work/job:/bin/sh\n");
}

TEST(Facts, TellTheMachine) {
  const auto facts =
      facts_of(parse_image(R"({"Version":"20.10.24","Os":"linux","Arch":"arm64"})"),
               parse_image(R"({"NCPU":8,"MemTotal":1000,"MemoryLimit":true,"SwapLimit":false,"Driver":"overlay2",
                         "CgroupVersion":"1","SecurityOptions":[]})"),
               {1, 41}, Options{});
  EXPECT_EQ(facts.description.kind, "docker");
  EXPECT_EQ(facts.description.version, "20.10.24 (API 1.41)");
  EXPECT_EQ(facts.description.architecture, "arm64");
  EXPECT_EQ(facts.description.capacity.millicores, 8000);
  EXPECT_EQ(facts.description.capacity.memory_bytes, 1000);
  EXPECT_FALSE(facts.description.refusal);
  EXPECT_THAT(facts.description.notes, ElementsAre("storage driver overlay2", "cgroup version 1",
                                                   ::testing::HasSubstr("swap"), ::testing::HasSubstr("seccomp")));
}

TEST(Facts, ALimitThatWouldBeDroppedRefusesEverything) {
  const auto facts =
      facts_of(parse_image("{}"), parse_image(R"({"MemoryLimit":true,"CpuCfsQuota":false,"PidsLimit":false})"), {1, 41},
               Options{});
  ASSERT_TRUE(facts.description.refusal);
  EXPECT_THAT(*facts.description.refusal, ::testing::HasSubstr("CPU time, the number of processes"));
}

TEST(Facts, PodmanIsKnownByItsComponent) {
  const auto facts = facts_of(parse_image(R"({"Components":[{"Name":"Podman Engine"}],"Version":"4.3.1"})"),
                              parse_image("{}"), {1, 41}, Options{});
  EXPECT_EQ(facts.description.kind, "podman");
}

TEST(Facts, PublishingOffLoopbackIsNoted) {
  Options options;
  options.publish_address = "192.0.2.1";
  const auto facts = facts_of(parse_image("{}"), parse_image("{}"), {1, 41}, options);
  EXPECT_THAT(facts.description.notes, ::testing::Contains(::testing::HasSubstr("192.0.2.1")));
}

TEST(Facts, WhichImagesRunWhere) {
  EXPECT_TRUE(runs_on("amd64", "amd64"));
  EXPECT_TRUE(runs_on("386", "amd64"));
  EXPECT_TRUE(runs_on("", "amd64"));
  EXPECT_FALSE(runs_on("arm64", "amd64"));
}

}  // namespace
}  // namespace docker
