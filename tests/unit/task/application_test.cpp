// Tests the declarations of applications in the configuration, and the tasks made from them and clients' parameters.
#include "task/application.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temp_folder.h"

namespace task {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Applications read(const std::string& yaml, config::Faults& faults, PolicyOptions policy = {}) {
  const auto node = data::parse_yaml(yaml);
  if (!node.ok()) throw std::runtime_error(node.error().message);
  config::Reader root(config::Section(&*node, "", 1), faults);
  Applications applications = read_applications(root, Policy(std::move(policy)), faults);
  root.done();
  return applications;
}

/// One application with these declared parameters.
Application with(const std::string& parameters) {
  config::Faults faults;
  Applications applications = read(
      "applications: [{name: app, task: {image: busybox, args: [run]}, parameters: [" + parameters + "]}]", faults);
  for (const auto& fault : faults) ADD_FAILURE() << config::to_string(fault, "test");
  return applications.at(0);
}

std::vector<std::string> complaints(const std::string& yaml) {
  config::Faults faults;
  read(yaml, faults);
  std::vector<std::string> texts;
  for (const auto& fault : faults) texts.push_back(config::to_string(fault, "f"));
  return texts;
}
std::vector<std::string> complaints_about(const std::string& parameters) {
  return complaints("applications: [{name: app, task: {image: busybox}, parameters: [" + parameters + "]}]");
}

TEST(Applications, AreReadWithEverythingThatTheyDeclare) {
  config::Faults faults;
  const Applications applications = read(R"(
applications:
  - name: tap
    title: Tables
    description: Queries of tables
    path: /tap/async
    task:
      image: example.org/adql:1
      args: [--serve]
      outputs: [result=result.vot]
      network: outbound
    parameters:
      - {name: QUERY, required: true, help: What is asked, max_length: 1000, environment: QUERY}
      - {name: max rec, type: integer, minimum: 0, maximum: 1e6, default: 100, argument: "--maxrec={value}"}
      - {name: UPLOAD, multiple: true, folder: uploads}
  - {name: other, task: {image: busybox}}
)",
                                         faults);
  for (const auto& fault : faults) ADD_FAILURE() << config::to_string(fault, "test");
  ASSERT_THAT(applications, SizeIs(2));
  const Application& tap = *find(applications, "tap");
  EXPECT_EQ(tap.title, "Tables");
  EXPECT_EQ(tap.path, "/tap/async");
  EXPECT_EQ(tap.folder(), "/tap");
  EXPECT_EQ(tap.task.image->to_string(), "example.org/adql:1");
  EXPECT_EQ(tap.task.outputs.at(0).name, "result");
  ASSERT_THAT(tap.parameters, SizeIs(3));
  EXPECT_TRUE(tap.parameters[0].required);
  EXPECT_EQ(tap.parameters[0].max_length, 1000);
  EXPECT_EQ(tap.parameters[1].type, ValueType::integer);
  EXPECT_EQ(tap.parameters[1].default_value, "100");
  EXPECT_EQ(tap.parameters[2].passing.folder, "/work/job/uploads");
  EXPECT_EQ(tap.declaration("MAX REC")->name, "max rec");  // U13
  EXPECT_EQ(tap.declaration("maxrec"), nullptr);
  EXPECT_EQ(find(applications, "other")->path, "/apps/other/jobs");
  EXPECT_EQ(find(applications, "other")->title, "other");
  EXPECT_EQ(find(applications, ""), nullptr);
}

TEST(Applications, ThatCannotBeServedAreFaults) {
  const auto one = [](const std::string& more) {
    return complaints("applications: [{name: a, task: {image: busybox}, " + more + "}]");
  };
  for (const char* path : {"async", "/async", "/jobs/x", "/sync/x", "/capabilities/x", "/apps/b/jobs", "/apps/x",
                           "/tap/sync", "/tap/capabilities", "/tap/../x", "/tap//x", "/tap/async/", "/t{x}/y"}) {
    EXPECT_THAT(one("path: \"" + std::string(path) + "\""), ElementsAre(HasSubstr("/applications/0/path"))) << path;
  }
  EXPECT_THAT(one("path: /apps/a/runs"), IsEmpty());
  EXPECT_THAT(one("path: /vo/tap/async"), IsEmpty());
  EXPECT_THAT(one("colour: red"), ElementsAre(HasSubstr("/applications/0/colour: is not a key here")));
  EXPECT_THAT(one("documents: [{path: tables, file: /nowhere}]"), ElementsAre(HasSubstr("cannot be read")));
  EXPECT_THAT(complaints("applications: {a: {task: {image: x}}}"), ElementsAre(HasSubstr("is not a list")));
  EXPECT_THAT(one("parameters: {name: x}"), ElementsAre(HasSubstr("/applications/0/parameters: is not a list")));
  EXPECT_THAT(one("documents: tables"), ElementsAre(HasSubstr("/applications/0/documents: is not a list")));
  EXPECT_THAT(complaints("applications: [{name: a}]"), ElementsAre(HasSubstr("/applications/0/task: is missing")));
  EXPECT_THAT(complaints("applications: [{name: a/b, task: {image: x}}]"), ElementsAre(HasSubstr("is not a name")));
  EXPECT_THAT(complaints("applications: [{name: a, task: {image: x}}, {name: a, task: {image: x}}]"),
              ElementsAre(HasSubstr("'a' is there twice")));
  EXPECT_THAT(complaints("applications: [{name: a, path: /t/x, task: {image: x}}, {name: b, path: /t/y, task: {image: "
                         "x}}, {name: c, path: /t/u/v, task: {image: x}}]"),
              ElementsAre(HasSubstr("/applications/1/path: lies in or above /t"), HasSubstr("/applications/2/path")));
}

TEST(Applications, HaveTasksThatPolicyHasNoSayInAsFarAsTheyCanBeGiven) {
  const auto task = [](const std::string& words) {
    return complaints("applications: [{name: a, task: {" + words + "}}]");
  };
  EXPECT_THAT(task("image: never/listed, network: outbound, resources: {cores: 1000, memory: 900G}"), IsEmpty());
  EXPECT_THAT(task("args: [x]"), ElementsAre(HasSubstr("/applications/0/task/image: is missing")));
  EXPECT_THAT(task("image: x, mounts: [\"m51:/data\"]"), ElementsAre(HasSubstr("is not a volume of this service")));
  EXPECT_THAT(task("image: x, network: vo"), ElementsAre(HasSubstr("'vo' is not given here")));
  EXPECT_THAT(task("image: x, platform: linux/s390x"),
              ElementsAre(HasSubstr("/applications/0/task/platform: 'linux/s390x' is not run here")));
  EXPECT_THAT(task("image: x, argz: [x]"), ElementsAre(HasSubstr("/applications/0/task/argz: is not known")));
  EXPECT_THAT(task("image: x, inputs: [\"a,param:b\"]"), ElementsAre(HasSubstr("was not uploaded")));
}

TEST(Applications, HaveFaultsThatTellTheirLines) {
  EXPECT_THAT(complaints("applications:\n"
                         "  - name: a\n"
                         "    task:\n"
                         "      image: x\n"
                         "      network: vo\n"
                         "      resources:\n"
                         "        memory: 1M\n"
                         "    parameters:\n"
                         "      - name: X\n"
                         "        environment: X\n"
                         "        type: text\n"),
              ElementsAre(HasSubstr("f:5: /applications/0/task/network: 'vo' is not given here"),
                          HasSubstr("f:7: /applications/0/task/resources/memory: "),
                          HasSubstr("f:11: /applications/0/parameters/0/type: ")));
  EXPECT_THAT(complaints("applications:\n"
                         "  - name: a\n"
                         "    task:\n"
                         "      image: x\n"
                         "      outputs:\n"
                         "        - a\n"
                         "        - {b: c}\n"),
              ElementsAre(HasSubstr("f:7: /applications/0/task/outputs/1: is not a string")));
}

TEST(Applications, HaveParametersThatAreNotInTheWayOfTheirTask) {
  const auto about = [](const std::string& parameters) {
    return complaints(
        "applications: [{name: a, task: {image: x, env: [HOME=/], inputs: [\"in/a,https://example.org/\"]}, "
        "parameters: [" +
        parameters + "]}]");
  };
  EXPECT_THAT(about("{name: X, environment: HOME}"),
              ElementsAre(HasSubstr("/parameters/0/environment: is a variable of the task already")));
  EXPECT_THAT(about("{name: X, file: in/a}"), ElementsAre(HasSubstr("/parameters/0: the path '/work/job/in/a'")));
  EXPECT_THAT(about("{name: X, folder: in/a}"), ElementsAre(HasSubstr("'/work/job/in/a' is a file and the folder of")));
  EXPECT_THAT(about("{name: X, file: f}, {name: Y, file: f/g}"), ElementsAre(HasSubstr("/parameters/1: ")));
  EXPECT_THAT(about("{name: X, folder: in}, {name: Y, folder: in}, {name: Z, file: in/z}"), IsEmpty());
}

TEST(Declarations, ThatMakeNoSenseAreFaults) {
  EXPECT_THAT(complaints_about("{name: X, argument: \"{value}\"}, {name: x, argument: \"{value}\"}"),
              ElementsAre(HasSubstr("the name 'X' is given twice")));
  const std::vector<std::pair<std::string, std::string>> bad{
      {"{name: X}", "reaches the program in no way"},
      {"{name: \"\", environment: X}", "cannot be the name"},
      {"{name: a/b, environment: X}", "cannot be the name"},
      {"{name: phase, environment: X}", "is a word of UWS"},
      {"{name: Task, environment: X}", "is a word of UWS"},
      {"{name: X, argument: --x}", "does not say where the value goes"},
      {"{name: X, file: f, argument: \"{value}\"}", "does not say where the path goes"},
      {"{name: X, environment: a b}", "is not the name of a variable"},
      {"{name: X, environment: A, multiple: true}", "has no place in one variable"},
      {"{name: X, file: f, multiple: true}", "has no place in one file"},
      {"{name: X, file: ../f}", "leads out of its folder"},
      {"{name: X, file: f, folder: g}", "is given beside a file"},
      {"{name: X, file: f, type: integer}", "is not for what is staged"},
      {"{name: X, environment: A, minimum: 1}", "is for numbers only"},
      {"{name: X, environment: A, type: integer, minimum: 3, maximum: 2}", "is less than the minimum"},
      {"{name: X, environment: A, type: integer, default: y}", "'y' is not a whole number"},
      {"{name: X, environment: A, type: integer, maximum: 5, default: 6}", "'6' is out of range"},
      {"{name: X, environment: A, values: [a, b], default: c}", "is not among the values"},
      {"{name: X, environment: A, type: number, values: [1, z]}", "'z' is not a number"},
      {"{name: X, environment: A, required: true, default: c}", "is never used"},
      {"{name: X, file: f, default: \"param:y\"}", "refers to an upload that nobody made"},
      {"{name: X, environment: A, type: text}", "string, integer, number, boolean"},
      {"{name: X, environment: A, max_length: 131072}", "up to 131071"},
  };
  for (const auto& [parameter, complaint] : bad) {
    EXPECT_THAT(complaints_about(parameter), ElementsAre(HasSubstr(complaint))) << parameter;
  }
}

TEST(Declarations, DocumentsAreReadOnce) {
  const fakes::TempFolder folder;
  std::ofstream(folder / "tables.xml") << "<tables/>";
  config::Faults faults;
  const Applications applications = read(
      "applications: [{name: a, path: /tap/async, task: {image: x}, documents: [{path: "
      "tables, file: " +
          (folder / "tables.xml") + "}]}]",
      faults);
  ASSERT_THAT(faults, IsEmpty());
  EXPECT_EQ(applications[0].documents.at(0).bytes, "<tables/>");
  EXPECT_EQ(applications[0].documents.at(0).media_type, "text/xml");
  for (const char* path : {"async", "sync/x", "../x", "", "/x", "a/"}) {
    EXPECT_THAT(complaints("applications: [{name: a, path: /tap/async, task: {image: x}, documents: [{path: \"" +
                           std::string(path) + "\", file: " + (folder / "tables.xml") + "}]}]"),
                ElementsAre(HasSubstr("cannot be a document's place")))
        << path;
  }
  for (const char* type : {"xml", "text/", "/xml", "text/xml\\r\\nX-Y: z"}) {
    EXPECT_THAT(complaints("applications: [{name: a, task: {image: x}, documents: [{path: t, file: " +
                           (folder / "tables.xml") + ", media_type: \"" + type + "\"}]}]"),
                ElementsAre(HasSubstr("/documents/0/media_type: is no media type")))
        << type;
  }
}

TEST(Values, AreJudgedByTypeRangeListAndLength) {
  const Application app = with(
      "{name: i, type: integer, minimum: -2, maximum: 10, argument: \"{value}\"},"
      "{name: n, type: number, minimum: 0.5, argument: \"{value}\"}, {name: b, type: boolean, argument: --b},"
      "{name: w, values: [one, Two], argument: \"{value}\"}, {name: s, max_length: 3, argument: \"{value}\"},"
      "{name: f, file: in/f}, {name: u, folder: up}");
  const auto refusal = [&](const char* name, const std::string& value) {
    const auto fault = judge(*app.declaration(name), value);
    return fault ? util::to_string(*fault) : std::string();
  };
  for (const auto& [name, value] :
       std::vector<std::pair<const char*, std::string>>{{"i", "-2"},
                                                        {"i", "10"},
                                                        {"n", "0.5"},
                                                        {"n", "1e3"},
                                                        {"b", "TRUE"},
                                                        {"b", "0"},
                                                        {"w", "Two"},
                                                        {"s", ""},
                                                        {"s", "abc"},
                                                        {"f", "any text"},
                                                        {"f", "param:part"},
                                                        {"u", "a,param:b"},
                                                        {"u", "a,param:b;c.vot,https://example.org/x?y=1"}}) {
    EXPECT_EQ(refusal(name, value), "") << name << value;
  }
  EXPECT_EQ(refusal("i", "11"), "i: '11' is out of range (accepted: a whole number from -2 up to 10)");
  EXPECT_EQ(refusal("w", "two"), "w: 'two' is not among the values that it may have (accepted: one, Two)");
  EXPECT_EQ(refusal("b", "maybe"), "b: 'maybe' is not true or false (accepted: true or false)");
  for (const char* value : {"", " 1", "1 ", "1.0", "+1", "0x1", "one", "99999999999999999999"}) {
    EXPECT_THAT(refusal("i", value), HasSubstr("is not a whole number")) << value;
  }
  for (const char* value : {"", "nan", "inf", "1,5", "1e999"}) {
    EXPECT_THAT(refusal("n", value), HasSubstr("is not a number")) << value;
  }
  EXPECT_THAT(refusal("s", "abcd"), HasSubstr("has a value of 4 bytes"));
  EXPECT_THAT(refusal("s", "\x01"), HasSubstr("control characters"));
  for (const char* value : {"a", "a,", "a,ftp://x/y", "../a,param:b", "a,param:b;", "a b,param:c"}) {
    EXPECT_THAT(refusal("u", value), HasSubstr("u: ")) << value;
  }
}

ContainerTask made(const Application& app, const std::vector<Pair>& values,
                   const std::vector<std::string>& uploads = {}) {
  const auto task = task_of(app, values, uploads);
  if (!task.ok()) throw std::runtime_error(task.error().message);
  return *task;
}

TEST(MakingTasks, ArgumentsFollowTheTasksOwnInTheOrderOfDeclaration) {
  const Application app = with(
      "{name: one, argument: \"--one={value}\"}, {name: two, multiple: true, argument: [-t, \"{value}\"]},"
      "{name: flag, type: boolean, argument: --flag}, {name: said, type: boolean, argument: \"--said={value}\"}");
  EXPECT_THAT(made(app, {{"two", "a"}, {"ONE", "{value} {path}"}, {"two", ""}, {"flag", "1"}, {"said", "FALSE"}}).args,
              ElementsAre("run", "--one={value} {path}", "-t", "a", "-t", "", "--flag", "--said=false"));
  EXPECT_THAT(made(app, {{"flag", "false"}}).args, ElementsAre("run"));
}

TEST(MakingTasks, VariablesAndFilesHoldValuesAndUploads) {
  const Application app = with(
      "{name: q, environment: QUERY}, {name: config, file: etc/c.txt, argument: \"--config={path}\", environment: C}");
  const ContainerTask plain = made(app, {{"q", "SELECT 1"}, {"config", "a=b"}});
  ASSERT_THAT(plain.env, SizeIs(2));
  EXPECT_EQ(plain.env[0].name + "=" + plain.env[0].value, "QUERY=SELECT 1");
  EXPECT_EQ(plain.env[1].name + "=" + plain.env[1].value, "C=/work/job/etc/c.txt");
  EXPECT_THAT(plain.args, ElementsAre("run", "--config=/work/job/etc/c.txt"));
  ASSERT_THAT(plain.inputs, SizeIs(1));
  EXPECT_EQ(plain.inputs[0].path, "/work/job/etc/c.txt");
  EXPECT_EQ(plain.inputs[0].text, "a=b");

  const ContainerTask itself = made(app, {}, {"config"});
  EXPECT_EQ(itself.inputs.at(0).parameter, "config");
  EXPECT_FALSE(itself.inputs[0].text);
  EXPECT_THAT(itself.args, ElementsAre("run", "--config=/work/job/etc/c.txt"));
  EXPECT_EQ(made(app, {{"config", "param:part"}}, {"part"}).inputs.at(0).parameter, "part");
  EXPECT_THAT(made(app, {}).args, ElementsAre("run"));

  const auto absent = task_of(app, {{"config", "param:part"}}, {});
  ASSERT_FALSE(absent.ok());
  EXPECT_THAT(absent.error().message, HasSubstr("config: refers to param:part, which was not uploaded"));
}

TEST(MakingTasks, AFolderHoldsEveryFileThatIsNamed) {
  const Application app = with("{name: UPLOAD, multiple: true, folder: up, argument: \"{path}\"}");
  const ContainerTask task =
      made(app, {{"upload", "a,param:p; b.vot , http://example.org/b"}, {"UPLOAD", "c,param:p"}}, {"p"});
  ASSERT_THAT(task.inputs, SizeIs(3));
  EXPECT_EQ(task.inputs[0].path, "/work/job/up/a");
  EXPECT_EQ(task.inputs[0].parameter, "p");
  EXPECT_EQ(task.inputs[1].path, "/work/job/up/b.vot");
  EXPECT_EQ(task.inputs[1].uri, "http://example.org/b");
  EXPECT_EQ(task.inputs[1].given_by, "UPLOAD");
  EXPECT_THAT(task.args, ElementsAre("run", "/work/job/up"));
  const auto twice = task_of(app, {{"UPLOAD", "a,param:p;a,param:p"}}, {"p"});
  ASSERT_FALSE(twice.ok());
  EXPECT_THAT(twice.error().message, HasSubstr("UPLOAD: the path '/work/job/up/a' is given twice"));
}

std::string refusal(const Application& app, const std::vector<Pair>& values) {
  const auto task = task_of(app, values, {});
  return task.ok() ? "" : task.error().message;
}

TEST(MakingTasks, ValuesAreJudgedAgainByTheConfigurationThatThereIs) {
  const Application app = with("{name: n, type: integer, argument: \"{value}\"}");
  EXPECT_THAT(refusal(app, {{"n", "one"}}), HasSubstr("n: 'one' is not a whole number"));
  EXPECT_THAT(refusal(app, {{"m", "1"}}), HasSubstr("m: is not a parameter of app (accepted: n)"));
}

TEST(MakingTasks, StringsAreNotLongerThanExecveTakesThem) {
  const std::string long_value(131'071, 'x');
  const Application app = with(
      "{name: plain, argument: \"{value}\"}, {name: named, argument: \"--x={value}\"}, {name: v, environment: V},"
      "{name: many, multiple: true, argument: \"{value}\"}");
  EXPECT_EQ(refusal(app, {{"plain", long_value}}), "");
  EXPECT_THAT(refusal(app, {{"named", long_value}}), HasSubstr("named: makes an argument of 131075 bytes"));
  EXPECT_THAT(refusal(app, {{"v", long_value}}), HasSubstr("v: makes a variable of 131073 bytes"));
  EXPECT_EQ(refusal(app, std::vector<Pair>(7, {"many", long_value})), "");
  EXPECT_THAT(refusal(app, std::vector<Pair>(9, {"many", long_value})), HasSubstr("together are"));
}

TEST(MakingTasks, WhatMustBeThereIsMissed) {
  const Application app =
      with("{name: Q, required: true, environment: Q}, {name: r, type: integer, argument: \"{value}\"}");
  ASSERT_THAT(missing(app, {"r"}), SizeIs(1));
  EXPECT_EQ(missing(app, {"r"})[0].input, "Q");
  EXPECT_THAT(missing(app, {"q"}), IsEmpty());
}

}  // namespace
}  // namespace task
