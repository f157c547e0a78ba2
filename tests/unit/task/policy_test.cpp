#include "task/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "task/image_pattern.h"

namespace task {
namespace {

ContainerTask task_from(const std::vector<Pair>& pairs) { return *from_parameters(pairs, {}); }

ImageReference image(std::string_view text) { return *ImageReference::parse(text); }

TEST(Policy, NothingRunsThatIsNotListed) {
  const Policy none({});
  EXPECT_FALSE(none.allows_image(image("hello-world")));
  PolicyOptions options;
  options.any_image = true;
  EXPECT_TRUE(Policy(options).allows_image(image("hello-world")));
}

TEST(Policy, EntriesMatchNamesTagsDigestsAndPrefixes) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  PolicyOptions options;
  options.images = {"hello-world", "astro/tool:1.0", "reg.example.org/team/*", "pinned@" + digest};
  const Policy policy(options);
  EXPECT_TRUE(policy.allows_image(image("hello-world:any")));
  EXPECT_TRUE(policy.allows_image(image("docker.io/library/hello-world@" + digest)));
  EXPECT_TRUE(policy.allows_image(image("astro/tool:1.0")));
  EXPECT_TRUE(policy.allows_image(image("reg.example.org/team/a/b:c")));
  EXPECT_TRUE(policy.allows_image(image("pinned@" + digest)));
  EXPECT_FALSE(policy.allows_image(image("hello-world2")));
  EXPECT_FALSE(policy.allows_image(image("evil/hello-world")));
  EXPECT_FALSE(policy.allows_image(image("astro/tool")));
  EXPECT_FALSE(policy.allows_image(image("astro/tool:1.0@" + digest)));
  EXPECT_FALSE(policy.allows_image(image("reg.example.org/teams/a")));
  EXPECT_FALSE(policy.allows_image(image("other.example.org/team/a")));
  EXPECT_FALSE(policy.allows_image(image("pinned:latest")));
}

TEST(Policy, RefusalsNameWhatWouldBeGiven) {
  PolicyOptions options;
  options.images = {"x"};
  options.volumes = {{"m51", "/data/m51", false}};
  options.max_millicores = 2000;
  const Policy policy(options);
  const auto refusals = policy.refusals(task_from({{"IMAGE", "y"},
                                                   {"MOUNT", "m51:/d:rw"},
                                                   {"MOUNT", "other:/e"},
                                                   {"NETWORK", "outbound"},
                                                   {"CORES", "3"},
                                                   {"MEMORY", "1P"},
                                                   {"PLATFORM", "linux/s390x"}}));
  std::vector<std::string> inputs;
  for (const auto& refusal : refusals) {
    inputs.push_back(refusal.input);
    EXPECT_FALSE(refusal.accepted.empty()) << refusal.input;
  }
  EXPECT_THAT(inputs, testing::ElementsAre("IMAGE", "MOUNT", "MOUNT", "NETWORK", "CORES", "MEMORY", "PLATFORM"));
}

TEST(Policy, WhatIsAllowedIsNotRefused) {
  PolicyOptions options;
  options.images = {"x"};
  options.volumes = {{"scratch", "scratch", true}};
  options.allow_outbound = true;
  options.networks = {{"vo", "vo-net"}};
  const Policy policy(options);
  EXPECT_TRUE(
      policy
          .refusals(task_from(
              {{"IMAGE", "x"}, {"MOUNT", "scratch:/s:rw"}, {"NETWORK", "outbound"}, {"PLATFORM", "linux/amd64"}}))
          .empty());
  EXPECT_TRUE(policy.refusals(task_from({{"NETWORK", "vo"}})).empty());
  EXPECT_EQ(policy.memory_bytes(task_from({})), 1LL << 30);
  EXPECT_EQ(policy.millicores(task_from({})), 1000);
}

TEST(Policy, IsReadFromTheConfiguration) {
  const auto root = data::parse_yaml(
      "images: {allow: [hello-world, BAD]}\n"
      "volumes:\n  - {name: m51, source: /data}\n  - {name: 'a b', source: x}\n"
      "networks: {outbound: true, classes: [{name: none, engine_network: n}]}\n"
      "resources: {default_cores: 0.5, max_memory: 4G, max_core: 1}\n");
  ASSERT_TRUE(root.ok());
  config::Faults faults;
  config::Reader reader(config::Section(&*root, "", 1), faults);
  const PolicyOptions options = read_policy(reader, faults);
  EXPECT_EQ(options.default_millicores, 500);
  EXPECT_EQ(options.max_memory_bytes, 4LL << 30);
  EXPECT_TRUE(options.allow_outbound);
  std::vector<std::string> paths;
  for (const auto& fault : faults) paths.push_back(fault.path);
  EXPECT_THAT(paths, testing::UnorderedElementsAre("/images/allow/1", "/volumes/1/name", "/networks/classes/0/name",
                                                   "/resources/max_core"));
}

config::Faults faults_of(std::string_view yaml) {
  const data::Node root = *data::parse_yaml(yaml);
  config::Faults faults;
  config::Reader reader(config::Section(&root, "", 1), faults);
  read_policy(reader, faults);
  return faults;
}

TEST(Policy, WhatIsGivenTwiceOrBeyondItsMaximumIsAFault) {
  const config::Faults faults = faults_of(
      "volumes: [{name: a, source: /a}, {name: b, source: /b}, {name: a, source: /c}]\n"
      "networks: {classes: [{name: vo, engine_network: n}, {name: vo, engine_network: m}]}\n"
      "resources: {default_cores: 4, max_cores: 2, max_memory: 512M}\n");
  std::vector<std::string> lines;
  for (const auto& fault : faults) lines.push_back(config::to_string(fault, "c"));
  EXPECT_THAT(
      lines,
      testing::ElementsAre(
          "c:1: /volumes/2/name: 'a' is given twice (accepted: each once)",
          "c:2: /networks/classes/1/name: 'vo' is given twice (accepted: each once)",
          "c:3: /resources/default_cores: is 4, more than max_cores (accepted: at most 2, or a larger max_cores)",
          "c:3: /resources/default_memory: is 1 GiB, its default, more than max_memory (accepted: at most 512 MiB, or "
          "a larger "
          "max_memory)"));
}

TEST(Policy, WhatNoRunCouldHaveIsAFault) {
  const config::Faults faults = faults_of(
      "volumes: [{name: a, source: x/y}, {name: b, source: \"/tmp:/etc\"}, {name: c, source: /tmp}, {name: d, source: "
      "d}]\n"
      "networks: {classes: [{name: e, engine_network: host}, {name: f, engine_network: \"container:g\"}]}\n"
      "images: {allow: [\"docker.io/*/*\", \"\"]}\n");
  std::vector<std::string> paths;
  for (const auto& fault : faults) paths.push_back(fault.path);
  EXPECT_THAT(paths, testing::UnorderedElementsAre(
                         "/volumes/0/source", "/volumes/1/source", "/networks/classes/0/engine_network",
                         "/networks/classes/1/engine_network", "/images/allow/0", "/images/allow/1"));
}

TEST(ImagePattern, KnowsWhatAnybodyMayPublish) {
  for (const char* open : {"*", "astro*", "docker.io/*", "ghcr.io/*", "quay.io/astro*", "registry.gitlab.com/*",
                           "quay.io:443/*", "index.docker.io/*", "registry-1.docker.io/*"}) {
    EXPECT_TRUE(is_open_to_publishers(open)) << open;
  }
  for (const char* closed : {"hello-world", "astro/*", "docker.io/library/*", "ghcr.io/astro/*", "localhost/*",
                             "registry.example.org/*", "registry.example.org:5000/*"}) {
    EXPECT_FALSE(is_open_to_publishers(closed)) << closed;
  }
}

}  // namespace
}  // namespace task
