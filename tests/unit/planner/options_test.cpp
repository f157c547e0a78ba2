// Tests reading the planner's configuration, and the messages for faults in it.
#include "planner/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace planner {
namespace {

using testing::HasSubstr;

std::vector<std::string> faults_of(const std::string& yaml) {
  const auto document = data::parse_yaml(yaml);
  if (!document.ok()) return {document.error().message};
  config::Faults faults;
  const config::Section whole(&document.value(), "", 1);
  config::Reader root(whole, faults);
  read_options(root, faults);
  std::vector<std::string> texts;
  for (const config::Fault& fault : faults) texts.push_back(config::to_string(fault, "c"));
  return texts;
}

std::string platform(const std::string& accepts) {
  return "planner:\n  platforms:\n    - name: p\n      services:\n"
         "        - {service_type: jupyter-hub, serviceinfo: {endpoint: 'https://x/'}}\n      accepts:\n        - " +
         accepts + "\n";
}

TEST(PlannerOptions, NothingIsFine) { EXPECT_THAT(faults_of("planner: {}"), testing::IsEmpty()); }

TEST(PlannerOptions, APlatformIsFine) {
  EXPECT_THAT(faults_of(platform("{task_type: jupyter-notebook, roles: [a], resources: {max_cores: 2}}")),
              testing::IsEmpty());
}

TEST(PlannerOptions, FaultsAreTold) {
  const auto only = [](const std::string& yaml) {
    const auto faults = faults_of(yaml);
    return faults.size() == 1 ? faults.front() : testing::PrintToString(faults);
  };
  EXPECT_THAT(only(platform("{task_type: nonsense}")), HasSubstr("'nonsense' is no task type"));
  EXPECT_THAT(only(platform("{task_type: jupyter-notebook, image: {allow: [a]}}")), HasSubstr("have no image"));
  EXPECT_THAT(only(platform("{task_type: jupyter-notebook, services: [binder-hub]}")), HasSubstr("does not offer"));
  EXPECT_THAT(only(platform("{task_type: jupyter-notebook, taskinfo: {pattern: a}}")),
              HasSubstr("/taskinfo/pattern: is not understood in a schema"));
  EXPECT_THAT(only(platform("{task_type: docker-container, image: {exposes_port: maybe}}")), HasSubstr("exposes_port"));
  EXPECT_THAT(only(platform("{task_type: jupyter-notebook, colour: red}")), HasSubstr("colour"));
  EXPECT_THAT(only("planner: {runs: [jupyter-notebook]}"), HasSubstr("does not become a container"));
  EXPECT_THAT(only("planner: {registries: [{host: a, username: b, password_file: /no/such}]}"),
              HasSubstr("/planner/registries/0/password_file: cannot be read"));
  EXPECT_THAT(only("planner: {runs: [nonsense]}"), HasSubstr("is no task type"));
  EXPECT_THAT(only("planner: {task_types: [{name: mine, aliases: ['uri://oci-container']}]}"),
              HasSubstr("is a name of oci-container"));
  EXPECT_THAT(only("planner: {aliases: {jupyter-hub: ['uri://binder-hub']}}"), HasSubstr("is a name of binder-hub"));
  EXPECT_THAT(only("planner: {task_types: [{name: first, aliases: ['uri://second']}, {name: second}]}"),
              HasSubstr("'uri://second' is a name of first"));
  EXPECT_THAT(only("planner: {aliases: [a]}"), HasSubstr("/planner/aliases"));
  EXPECT_THAT(only("planner: {aliases: {nonsense: [a]}}"), HasSubstr("is no task type and no service type"));
  EXPECT_THAT(only("planner: {aliases: {oci-container: a}}"), HasSubstr("/planner/aliases/oci-container"));
  EXPECT_THAT(only("planner: {task_types: [{name: mine, task: {image: '{a'}}]}"), HasSubstr("/task/image: has braces"));
}

TEST(PlannerOptions, OnesOwnTypesStandBesideOursOrInTheirPlace) {
  const auto document = data::parse_yaml(
      "planner:\n  types_url: https://types.example.org/\n  task_types:\n"
      "    - {name: mine, aliases: ['https://old.example.org/mine'], task: {image: '{what}'}}\n"
      "    - {name: oci-container, title: Ours}\n  runs: [mine]\n"
      "  aliases: {oci-container: ['https://old.example.org/task-type/oci-container.md']}\n");
  config::Faults faults;
  const config::Section whole(&document.value(), "", 1);
  config::Reader root(whole, faults);
  const Options options = read_options(root, faults);
  ASSERT_THAT(faults, testing::IsEmpty());
  const task::Catalogue& catalogue = options.catalogue;
  const task::TaskType* mine = catalogue.find_task_type("https://old.example.org/mine", "http://here");
  ASSERT_NE(mine, nullptr);
  EXPECT_EQ(catalogue.uri_of(*mine, "http://here"), "https://types.example.org/task-types/mine");
  EXPECT_EQ(catalogue.find_task_type("https://types.example.org/task-types/mine", "http://here"), mine);
  EXPECT_EQ(catalogue.find_task_type("http://here/task-types/mine", "http://here"), nullptr);
  EXPECT_NE(catalogue.runs(*mine), nullptr);
  const task::TaskType* oci = catalogue.find_task_type("uri://oci-container", "http://here");
  ASSERT_NE(oci, nullptr);
  EXPECT_EQ(oci->title, "Ours");
  EXPECT_EQ(catalogue.find_task_type("https://old.example.org/task-type/oci-container.md", "http://here"), oci);
  EXPECT_EQ(catalogue.runs(*oci), nullptr);
}

}  // namespace
}  // namespace planner
