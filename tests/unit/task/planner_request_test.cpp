// Tests how questions to a planner are read, and which tasks are made from them.
#include "task/planner_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace task {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string tree(const std::vector<DottedValue>& values) {
  const auto node = tree_of(values);
  return node.ok() ? data::to_json(*node) : node.error().message;
}

TEST(Dotted, NamesMakeATree) {
  EXPECT_EQ(tree({{"tasktype", "a"}, {"taskinfo.image", "b"}, {"taskinfo.resources.cores", "2"}}),
            R"({"tasktype":"a","taskinfo":{"image":"b","resources":{"cores":2}}})");
  EXPECT_EQ(tree({{"taskinfo.l", "{md, python}"}, {"taskinfo.m", "{}"}, {"taskinfo.n", "x"}, {"taskinfo.n", "y"}}),
            R"({"taskinfo":{"l":["md","python"],"m":[],"n":["x","y"]}})");
  EXPECT_EQ(tree({{"taskinfo", R"({"image": "a"})"}}), R"({"taskinfo":{"image":"a"}})");
  EXPECT_EQ(tree({{"taskinfo", "image: a"}}), R"({"taskinfo":{"image":"a"}})");
  EXPECT_EQ(tree({{"taskinfo.composefile", "{a: 1}", "application/yaml"}}), R"({"taskinfo":{"composefile":{"a":1}}})");
}

TEST(Dotted, BracesAreAListOnlyInPlainValues) {
  EXPECT_EQ(tree({{"taskinfo.a", R"({"x": 1})"}, {"taskinfo.b", "{a,b}", "text/plain"}, {"taskinfo.c", "{a{b}}"}}),
            R"({"taskinfo":{"a":"{\"x\": 1}","b":"{a,b}","c":"{a{b}}"}})");
}

TEST(Dotted, TagsAreAList) {
  EXPECT_EQ(tree({{"tags", "{a, b}"}}), R"({"tags":["a","b"]})");
  EXPECT_EQ(tree({{"tags", "a"}, {"tags", "b"}}), R"({"tags":["a","b"]})");
  EXPECT_EQ(tree({{"tags", R"(["a"])", "application/json"}}), R"({"tags":["a"]})");
  EXPECT_EQ(tree({{"tasktype", R"("a")", "application/json"}}), R"({"tasktype":"a"})");
}

TEST(Dotted, IsBounded) {
  EXPECT_THAT(tree({{"taskinfo.a", "{" + std::string(30'000, ',') + "}"}}), HasSubstr("more than a question may be"));
  EXPECT_THAT(tree({{"taskinfo.a", std::string(300'000, 'x')}}), HasSubstr("more than a question may be"));
}

TEST(Dotted, WhatMakesNoneIsRefused) {
  EXPECT_THAT(tree({{"taskinfo.a", "1"}, {"taskinfo.a.b", "2"}}), HasSubstr("taskinfo.a.b: clashes"));
  EXPECT_THAT(tree({{"taskinfo.a.b", "1"}, {"taskinfo.a", "2"}}), HasSubstr("taskinfo.a: clashes"));
  EXPECT_THAT(tree({{"taskinfo", "{a: 1}"}, {"taskinfo.a", "2"}}), HasSubstr("clashes"));
  EXPECT_THAT(tree({{"taskinfo", "{a: 1}"}, {"taskinfo", "{a: 1}"}}), HasSubstr("more than once"));
  EXPECT_THAT(tree({{"taskinfo", "[1]"}}), HasSubstr("is not an object"));
  EXPECT_THAT(tree({{"image", "a"}}), HasSubstr("image: is not known"));
  EXPECT_THAT(tree({{"taskinfo.", "a"}}), HasSubstr("has an empty part"));
  EXPECT_THAT(tree({{"taskinfo.a", "b\xFF"}}), HasSubstr("taskinfo.a: is no text"));
  EXPECT_THAT(tree({{"taskinfo.a", std::string("b\0", 2), "text/plain"}}), HasSubstr("taskinfo.a: is no text"));
  EXPECT_THAT(tree({{"taskinfo.a\xFF", "b"}}), HasSubstr("cannot be a name"));
  EXPECT_THAT(tree({{"taskinfo." + std::string(300, 'a'), "b"}}), HasSubstr("at most 256 bytes"));
  std::string deep = "taskinfo";
  for (int i = 0; i < 20; ++i) deep += ".a";
  EXPECT_THAT(tree({{deep, "a"}}), HasSubstr("goes too deep"));
  EXPECT_THAT(tree(std::vector<DottedValue>(3000, {"taskinfo.a", "1"})), HasSubstr("at most 2000"));
}

class Planning : public ::testing::Test {
 protected:
  util::Result<PlannedTask> planned(const std::string& yaml) {
    request = *planner_request_of(*data::parse_yaml(yaml));
    type = catalogue.find_task_type(request.tasktype, "");
    const OwnTaskType* runs = catalogue.runs(*type);
    return plan(*type, request, runs != nullptr && runs->taskinfo ? &*runs->taskinfo : nullptr);
  }
  std::vector<std::string> parameters(const std::string& yaml) {
    const auto result = planned(yaml);
    if (!result.ok()) return {result.error().message};
    std::vector<std::string> texts;
    for (const Pair& pair : result->parameters) texts.push_back(pair.name + "=" + pair.value);
    return texts;
  }
  std::vector<std::string> faults(const std::string& yaml) {
    const auto result = planned(yaml);
    std::vector<std::string> inputs;
    if (result.ok()) return {"none"};
    for (const util::Fault& fault : result.error().faults) inputs.push_back(fault.input);
    return inputs;
  }

  const Catalogue catalogue = Catalogue::built_in();
  PlannerRequest request;
  const TaskType* type = nullptr;
};

TEST_F(Planning, TheTaskinfoOfAContainerIsItsTask) {
  EXPECT_THAT(parameters("{tasktype: 'uri://oci-container', taskinfo: {image: a, args: [x, y], env: {K: v}}}"),
              ElementsAre("IMAGE=a", "ARG=x", "ARG=y", "ENV=K=v"));
}

TEST_F(Planning, AFormsValueIsAListOfOneWhereAListIsWanted) {
  EXPECT_THAT(parameters("{tasktype: oci-container, taskinfo: {image: a, args: x, ports: 80/tcp}}"),
              ElementsAre("IMAGE=a", "ARG=x", "PORT=80/tcp"));
  EXPECT_THAT(faults("{tasktype: oci-container, taskinfo: {image: a, args: \"x\"}}"), ElementsAre("/taskinfo/args"));
  EXPECT_THAT(parameters("{tasktype: oci-container, taskinfo: {image: a, env: K=v}}"),
              ElementsAre("IMAGE=a", "ENV=K=v"));
}

TEST_F(Planning, MinimaBecomeTheTasks) {
  EXPECT_THAT(parameters("{tasktype: oci-container, taskinfo: {image: a}, resources: {mincores: 2, minmemory: 8G}}"),
              ElementsAre("IMAGE=a", "CORES=2", "MEMORY=8G"));
  const auto timed = planned("{tasktype: oci-container, taskinfo: {image: a}, resources: {minduration: PT5M}}");
  EXPECT_EQ(timed->min_duration, std::chrono::minutes(5));
  EXPECT_THAT(
      faults("{tasktype: oci-container, taskinfo: {image: a, resources: {cores: 1}}, resources: {mincores: 2}}"),
      ElementsAre("/resources/mincores"));
  EXPECT_THAT(
      parameters("{tasktype: oci-container, taskinfo: {image: a, resources: {cores: 2}}, resources: {mincores: 2}}"),
      ElementsAre("IMAGE=a", "CORES=2"));
  EXPECT_THAT(parameters("{tasktype: oci-container, taskinfo: {image: a, resources: {cores: 2.0, memory: null}}, "
                         "resources: {mincores: 2, minmemory: 1G}}"),
              ElementsAre("IMAGE=a", "CORES=2", "MEMORY=1G"));
  EXPECT_THAT(faults("{tasktype: oci-container, taskinfo: {image: a, resources: lots}, resources: {mincores: 2}}"),
              ElementsAre("/taskinfo/resources"));
}

TEST_F(Planning, ATemplateMakesTheTaskOfOtherTypes) {
  EXPECT_THAT(parameters("{tasktype: rosetta-container, taskinfo: {image_name: 'a/b:1', interface_port: 8590}}"),
              ElementsAre("IMAGE=docker.io/a/b:1", "PORT=http://:8590", "PLATFORM=linux/amd64"));
  EXPECT_THAT(faults("{tasktype: rosetta-container, taskinfo: {image_name: 'a/b:1'}}"),
              ElementsAre("/taskinfo/interface_port"));
  EXPECT_THAT(faults("{tasktype: rosetta-container, taskinfo: {image_name: 'A B', interface_port: 1}}"),
              ElementsAre("/taskinfo/image_name"));
}

TEST_F(Planning, FaultsStandWhereTheAskerWroteThem) {
  EXPECT_THAT(faults("{tasktype: oci-container, taskinfo: {image: 'A B', ports: [x], args: [[1]]}}"),
              ElementsAre("/taskinfo/args/0", "/taskinfo/image", "/taskinfo/ports"));
  EXPECT_THAT(faults("{tasktype: oci-container, taskinfo: {image: 'A B', args: {a: b}}, resources: {mincores: x}}"),
              ElementsAre("/resources/mincores", "/taskinfo/args", "/taskinfo/image"));
  EXPECT_THAT(faults("{tasktype: oci-container, taskinfo: {image: a, env: {'A=B': c}}}"),
              ElementsAre("/taskinfo/env/A=B"));
  EXPECT_THAT(faults("{tasktype: oci-container, taskinfo: {image: 'A B', ports: [x]}}"),
              ElementsAre("/taskinfo/image", "/taskinfo/ports"));
  EXPECT_THAT(faults("{tasktype: oci-container, taskinfo: {image: a}, resources: {mincores: x, minmemory: 8}}"),
              ElementsAre("/resources/mincores", "/resources/minmemory"));
  EXPECT_EQ(pointer_of(*type, request, "CORES"), "/resources/mincores");
  EXPECT_EQ(pointer_of(*type, request, "IMAGE"), "/taskinfo/image");
}

TEST_F(Planning, WhatNobodyReadsIsNoted) {
  const auto result = planned("{tasktype: oci-container, taskinfo: {image: a, colour: red}}");
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->notes, ElementsAre("taskinfo.colour is not understood, and was ignored"));
  const auto more = planned("{tasktype: oci-container, task_info: {}, taskinfo: {image: a}, resources: {minmem: 8G}}");
  EXPECT_THAT(more->notes, ElementsAre("resources.minmem is not understood, and was ignored",
                                       "task_info is not understood, and was ignored"));
  const auto of_job = planned("{tasktype: oci-container, taskinfo: {image: a}, phase: RUN, executionDuration: 1h}");
  EXPECT_THAT(of_job->notes, ElementsAre("phase is for the job, and is looked at when it is posted",
                                         "executionDuration is for the job, and is looked at when it is posted"));
  std::string many = "{tasktype: oci-container, taskinfo: {image: a";
  for (int i = 0; i < 500; ++i) many += ", m" + std::to_string(i) + ": 1";
  EXPECT_EQ(planned(many + "}}")->notes.size(), 21U);
}

TEST_F(Planning, WhatOthersReadIsSettled) {
  const auto coerced = [&](const std::string& tasktype, const std::string& taskinfo) {
    return data::to_json(coerced_taskinfo(*catalogue.find_task_type(tasktype, ""), *data::parse_yaml(taskinfo)));
  };
  EXPECT_EQ(coerced("oci-container", "{image: a, args: [1, true], env: {N: 1}, ports: 80/tcp, resources: {cores: 2}}"),
            R"({"image":"a","args":["1","true"],"env":{"N":"1"},"ports":["80/tcp"],"resources":{"cores":2}})");
  EXPECT_EQ(coerced("zeppelin-notebook", "{languages: md}"), R"({"languages":["md"]})");
  EXPECT_EQ(coerced("simple-docker-container", "{image: a, env: {N: 1}, resources: {cores: 2}}"),
            R"({"image":"a","env":{"N":"1"},"resources":{"cores":2}})");
}

TEST_F(Planning, NoTimeAtLeastIsNoWish) {
  EXPECT_FALSE(planned("{tasktype: oci-container, taskinfo: {image: a}, resources: {minduration: 0s}}")->min_duration);
}

TEST_F(Planning, WhatIsUploadedLaterIsNotMissedNow) {
  EXPECT_THAT(parameters("{tasktype: oci-container, taskinfo: {image: a, inputs: ['x,param:data']}}"),
              ElementsAre("IMAGE=a", "INPUT=x,param:data"));
}

TEST(Mapping, NumbersMayStandForTexts) {
  const auto mapping = Mapping::compile(*data::parse_yaml("{image: x, args: ['--depth', '{depth}']}"));
  const auto parameters = parameters_of_document(mapping->apply(*data::parse_json(R"({"depth": 3})")));
  ASSERT_TRUE(parameters.ok()) << parameters.error().message;
  EXPECT_EQ(parameters->back().value, "3");
  EXPECT_EQ(mapping->origin_of("/args"), "/depth");
}

TEST(Mapping, LeavesOutWhatIsNotThere) {
  const auto mapping = Mapping::compile(*data::parse_yaml("{a: '{x}', b: ['{y}', 'c-{x}', d], e: {f: '{z}'}}"));
  ASSERT_TRUE(mapping.ok());
  EXPECT_EQ(data::to_json(mapping->apply(*data::parse_json(R"({"x": 7})"))), R"({"a":7,"b":["c-7","d"],"e":{}})");
  EXPECT_EQ(data::to_json(mapping->apply(*data::parse_json(R"({"x": [1], "y": "k"})"))),
            R"({"a":[1],"b":["k","d"],"e":{}})");
  for (const char* text : {"{a: '{'}", "{a: '}'}", "{a: '{}'}", "{a: '{b{c}}'}", "[1]", "x"}) {
    EXPECT_FALSE(Mapping::compile(*data::parse_yaml(text)).ok()) << text;
  }
}

TEST(Catalogue, ItsOwnEntriesAreWhole) {
  const Catalogue catalogue = Catalogue::built_in();
  EXPECT_GE(catalogue.task_types().size(), 19U);
  EXPECT_GE(catalogue.service_types().size(), 14U);
  for (const char* name : {"uri://oci-container", "common-container-task", "uri://binder-notebook"}) {
    EXPECT_NE(catalogue.find_task_type(name, ""), nullptr) << name;
  }
  EXPECT_EQ(catalogue.find_service_type("uri://binder", ""), catalogue.find_service_type("binder-hub", ""));
  EXPECT_EQ(catalogue.find_task_type("URI://oci-container", ""), nullptr);
  EXPECT_EQ(catalogue.find_task_type("http://a/task-types/oci-container", "http://a")->name, "oci-container");
}

}  // namespace
}  // namespace task
