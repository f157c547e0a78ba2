#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "task/container_task.h"

namespace task {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ContainerTask task_of(const std::vector<Pair>& pairs, const std::vector<std::string>& uploads = {}) {
  auto task = from_parameters(pairs, uploads);
  EXPECT_TRUE(task.ok()) << (task.ok() ? "" : task.error().message);
  return task.ok() ? *task : ContainerTask{};
}

/// The fault for which these pairs are refused; there must be exactly one.
util::Fault fault_of(const std::vector<Pair>& pairs, const std::vector<std::string>& uploads = {}) {
  const auto task = from_parameters(pairs, uploads);
  if (task.ok()) {
    ADD_FAILURE() << pairs.back().name << "=" << pairs.back().value << " was accepted";
    return {};
  }
  EXPECT_EQ(task.error().code, util::ErrorCode::invalid_argument);
  EXPECT_EQ(task.error().faults.size(), 1U) << task.error().message;
  return task.error().faults.front();
}

TEST(Parameters, NothingIsAnIncompleteTask) {
  const ContainerTask task = task_of({});
  ASSERT_EQ(missing(task).size(), 1U);
  EXPECT_EQ(missing(task).front().input, "IMAGE");
}

TEST(Parameters, NamesCompareWithoutCase) { EXPECT_EQ(task_of({{"image", "x"}}).image->repository, "library/x"); }

TEST(Parameters, ArgumentsAreExact) {
  const ContainerTask task = task_of(
      {{"ARG", "a b"}, {"ARG", ""}, {"ARG", "$(rm -rf /)'\""}, {"ENTRYPOINT", "/bin/sh"}, {"ENTRYPOINT", "-c"}});
  EXPECT_THAT(task.args, ElementsAre("a b", "", "$(rm -rf /)'\""));
  EXPECT_THAT(*task.entrypoint, ElementsAre("/bin/sh", "-c"));
}

TEST(Parameters, EnvironmentIsNameAndValue) {
  const ContainerTask task = task_of({{"ENV", "A=b=c"}, {"ENV", "_X="}});
  EXPECT_EQ(task.env[0].name, "A");
  EXPECT_EQ(task.env[0].value, "b=c");
  EXPECT_EQ(task.env[1].value, "");
  EXPECT_THAT(fault_of({{"ENV", "no equals"}}).reason, HasSubstr("no '='"));
  fault_of({{"ENV", "=x"}});
  fault_of({{"ENV", "A B=x"}});
  fault_of({{"ENV", "A\tB=x"}});
  EXPECT_THAT(fault_of({{"ENV", "A=1"}, {"ENV", "A=2"}}).reason, HasSubstr("twice"));
}

TEST(Parameters, NamesOfVariablesAreWhatEnginesTake) {
  for (const std::string name : {"spark.executor.memory", "A-B", "1A", "größe", "a/b:c"}) {
    EXPECT_EQ(task_of({{"ENV", name + "=x"}}).env[0].name, name);
  }
}

TEST(Parameters, AnEmptyEntrypointIsNone) {
  EXPECT_FALSE(task_of({{"ARG", "x"}}).entrypoint);
  const ContainerTask task = task_of({{"IMAGE", "x"}, {"ENTRYPOINT", ""}, {"ARG", "/bin/ls"}});
  ASSERT_TRUE(task.entrypoint);
  EXPECT_TRUE(task.entrypoint->empty());
  EXPECT_TRUE(missing(task).empty());
  const auto faults = missing(task_of({{"IMAGE", "x"}, {"ENTRYPOINT", ""}}));
  ASSERT_EQ(faults.size(), 1U) << "nothing would be run";
  EXPECT_EQ(faults.front().input, "ARG");
  EXPECT_EQ(fault_of({{"ENTRYPOINT", ""}, {"ENTRYPOINT", "-c"}}).input, "ENTRYPOINT");
}

TEST(Parameters, TheImagesOwnWorkingFolderCanBeAskedFor) {
  const ContainerTask task =
      task_of({{"WORKDIR", "image"}, {"INPUT", "/in/a,http://example.org/a"}, {"OUTPUT", "/app/out.txt"}});
  EXPECT_EQ(working_folder(task), "");
  EXPECT_EQ(working_folder(task_of({})), "/work/job");
  EXPECT_EQ(working_folder(task_of({{"WORKDIR", "./image"}})), "/work/job/image") << "a folder of that name";
  EXPECT_THAT(fault_of({{"WORKDIR", "image"}, {"OUTPUT", "out.txt"}}).accepted, HasSubstr("/work/job/out.txt"));
  EXPECT_THAT(fault_of({{"WORKDIR", "image"}, {"INPUT", "a,http://example.org/a"}}).reason, HasSubstr("relative"));
}

TEST(Parameters, PathsAreNormalAndStayWhereTheyAre) {
  const ContainerTask task = task_of({{"OUTPUT", "./a//b/./c"}, {"OUTPUT", "/data/x"}});
  EXPECT_EQ(task.outputs[0].pattern, "/work/job/a/b/c");
  EXPECT_EQ(task.outputs[1].pattern, "/data/x");
  for (const std::string path :
       {"..", "../x", "a/../../x", "/a/..", "", "/proc/1/environ", "/sys/x", "/dev/sda", "//proc/x"}) {
    EXPECT_EQ(fault_of({{"OUTPUT", "out=" + path}}).input, "OUTPUT") << path;
  }
  fault_of({{"OUTPUT", "a=" + std::string(300, 'x')}});
  fault_of({{"WORKDIR", "a\nb"}});
}

TEST(Parameters, RelativePathsAreRelativeToTheWorkingDirectory) {
  const ContainerTask task =
      task_of({{"INPUT", "in.fits,http://example.org/x"}, {"OUTPUT", "out.cat"}, {"WORKDIR", "/data/here"}});
  EXPECT_EQ(task.inputs[0].path, "/data/here/in.fits");
  EXPECT_EQ(task.outputs[0].pattern, "/data/here/out.cat");
  EXPECT_EQ(task_of({{"WORKDIR", "sub"}}).workdir, "/work/job/sub");
}

TEST(Parameters, AnInputIsNoFileOfTheEngines) {
  for (const char* path : {"/etc/hosts", "/etc//hostname", "/etc/resolv.conf"}) {
    EXPECT_THAT(fault_of({{"INPUT", std::string(path) + ",http://example.org/x"}}).reason, HasSubstr("engine's own"));
  }
}

TEST(Parameters, PortsHaveSeveralForms) {
  const ContainerTask task = task_of(
      {{"PORT", "8888"}, {"PORT", "dns=53/UDP"}, {"PORT", "lab=http://:8889/lab?x=1"}, {"PORT", "https://:443"}});
  EXPECT_EQ(task.ports[0].name, "port-8888");
  EXPECT_EQ(task.ports[1].protocol, "udp");
  EXPECT_EQ(task.ports[1].name, "dns");
  EXPECT_EQ(task.ports[2].path, "/lab?x=1");
  EXPECT_EQ(task.ports[2].scheme, "http");
  EXPECT_EQ(task.ports[3].number, 443);
  for (const std::string text : {"0", "65536", "-1", "80/sctp", "http://host:80", "http://:0", "x", "", "127.0.0.1:80",
                                 "80:80", "99999999999999999999"}) {
    EXPECT_EQ(fault_of({{"PORT", text}}).input, "PORT") << text;
  }
  const ContainerTask both = task_of({{"PORT", "53/tcp"}, {"PORT", "53/udp"}});
  EXPECT_EQ(both.ports[0].name, "port-53");
  EXPECT_EQ(both.ports[1].name, "port-53-udp");
  fault_of({{"PORT", "80"}, {"PORT", "a=80/tcp"}});
  fault_of({{"PORT", "a=80"}, {"PORT", "a=81"}});
}

TEST(Parameters, MountsNameAVolumeAndAPath) {
  const ContainerTask task = task_of({{"MOUNT", "m51:/data"}, {"MOUNT", "scratch:/s/x/:rw"}});
  EXPECT_TRUE(task.mounts[0].read_only);
  EXPECT_FALSE(task.mounts[1].read_only);
  EXPECT_EQ(task.mounts[1].path, "/s/x");
  for (const std::string text : {"/etc:/etc", "v", "v:relative", "v:/x:rx", "v:/", "v:/work", "v:/work/job/x",
                                 "v:/a/../b", ":/x", "v:/proc", "../v:/x"}) {
    EXPECT_EQ(fault_of({{"MOUNT", text}}).input, "MOUNT") << text;
  }
}

TEST(Parameters, InputsComeFromAURIOrAnUpload) {
  const ContainerTask task =
      task_of({{"INPUT", "a/image.fits,param:image"}, {"INPUT", "/in/b,https://example.org/b?x=1,2"}}, {"image"});
  EXPECT_EQ(task.inputs[0].parameter, "image");
  EXPECT_EQ(task.inputs[0].path, "/work/job/a/image.fits");
  EXPECT_EQ(task.inputs[1].uri, "https://example.org/b?x=1,2");
  EXPECT_THAT(fault_of({{"INPUT", "x,param:other"}}, {"image"}).reason, HasSubstr("was not uploaded"));
  for (const std::string text : {"x", "x,", ",http://h/", "x,file:///etc/passwd", "x,ftp://h/x", "x,http:/h",
                                 "x,param:", "../x,http://h/", "d/,http://h/", "x,http://h/a b", ".,http://h/"}) {
    EXPECT_EQ(fault_of({{"INPUT", text}}).input, "INPUT") << text;
  }
  fault_of({{"INPUT", "x,http://h/1"}, {"INPUT", "./x,http://h/2"}});
  EXPECT_THAT(fault_of({{"INPUT", "x,http://h/1"}, {"INPUT", "x/y,http://h/2"}}).reason, HasSubstr("folder of"));
}

TEST(Parameters, InputsMayHaveCommasInTheirNames) {
  const ContainerTask task = task_of({{"INPUT", "a,b.fits,param:x,y"}, {"INPUT", "c,d,HTTPS://h/e,http://f"}}, {"x,y"});
  EXPECT_EQ(task.inputs[0].path, "/work/job/a,b.fits");
  EXPECT_EQ(task.inputs[0].parameter, "x,y");
  EXPECT_EQ(task.inputs[1].path, "/work/job/c,d");
  EXPECT_EQ(task.inputs[1].uri, "HTTPS://h/e,http://f");
}

TEST(Parameters, InputsMayHaveAMode) {
  const ContainerTask task = task_of({{"INPUT", "mode=0755,bin/run,param:x"},
                                      {"INPUT", "mode=600,a,b,http://h/"},
                                      {"INPUT", "./mode=1,http://h/"},
                                      {"INPUT", "d,http://h/"}},
                                     {"x"});
  EXPECT_EQ(task.inputs[0].path, "/work/job/bin/run");
  EXPECT_EQ(task.inputs[0].mode, 0755U);
  EXPECT_EQ(task.inputs[1].path, "/work/job/a,b");
  EXPECT_EQ(task.inputs[1].mode, 0600U);
  EXPECT_EQ(task.inputs[2].path, "/work/job/mode=1");
  EXPECT_EQ(task.inputs[3].mode, 0644U);
  for (const std::string mode : {"4755", "1777", "0o755", "755x", "rwx", "", "7", "07777", "888"}) {
    EXPECT_THAT(fault_of({{"INPUT", "mode=" + mode + ",a,http://h/"}}).accepted, HasSubstr("mode=0755")) << mode;
  }
}

TEST(Parameters, OutputsAreResultsWithIdsOfTheirOwn) {
  const ContainerTask task =
      task_of({{"OUTPUT", "catalogue=out/test.cat"}, {"OUTPUT", "plots/*.png"}, {"OUTPUT", "b.txt"}});
  EXPECT_EQ(task.outputs[0].name, "catalogue");
  EXPECT_TRUE(task.outputs[1].is_glob);
  EXPECT_EQ(task.outputs[1].name, "");
  EXPECT_EQ(task.outputs[2].name, "b.txt");
  fault_of({{"OUTPUT", "n=a/x"}, {"OUTPUT", "n=b/x"}});
  fault_of({{"OUTPUT", "a/x"}, {"OUTPUT", "./a/x"}});
  fault_of({{"OUTPUT", "stdout=a"}});
  fault_of({{"OUTPUT", "dir/"}});
  EXPECT_EQ(task_of({{"OUTPUT", "ab=a b.txt"}}).outputs[0].pattern, "/work/job/a b.txt");
  fault_of({{"OUTPUT", "x=a"}, {"PORT", "x=80"}});
}

TEST(Outputs, AnyFileMayBeOne) {
  const ContainerTask task = task_of({{"OUTPUT", "a/x"},
                                      {"OUTPUT", "b/x"},
                                      {"OUTPUT", "stdout"},
                                      {"OUTPUT", "a b.txt"},
                                      {"OUTPUT", "x"},
                                      {"OUTPUT", "=.txt"},
                                      {"PORT", "x=80"}});
  for (const Output& output : task.outputs) EXPECT_FALSE(output.is_named) << output.name;
  EXPECT_EQ(task.outputs[3].name, "a b.txt");
}

TEST(Outputs, ANameMayHoldThePath) {
  const ContainerTask task = task_of({{"OUTPUT", "{path}=a/*"}, {"OUTPUT", "{path}=b/*"}, {"OUTPUT", "x-{path}=c"}});
  EXPECT_EQ(task.outputs[0].name, "{path}");
  EXPECT_EQ(task.outputs[0].pattern, "/work/job/a/*");
  EXPECT_EQ(task.outputs[2].name, "x-{path}");
  EXPECT_EQ(task_of({{"OUTPUT", "{paths}=c"}}).outputs[0].pattern, "/work/job/{paths}=c");
}

TEST(Outputs, ABackslashTakesTheMeaningAway) {
  const ContainerTask task = task_of({{"OUTPUT", "a\\[1\\].txt"}, {"OUTPUT", "\\[*"}, {"WORKDIR", "/data/[x]"}});
  EXPECT_FALSE(task.outputs[0].is_glob);
  EXPECT_EQ(task.outputs[0].pattern, "/data/[x]/a[1].txt");
  EXPECT_EQ(task.outputs[0].name, "a[1].txt");
  EXPECT_TRUE(task.outputs[1].is_glob);
  EXPECT_EQ(task.outputs[1].pattern, "/data/\\[x]/\\[*");
  for (const char* path : {"\\.\\./x*", "\\.\\./x", "/pro\\c/*", "/\\proc/x", "a/\\.\\./\\.\\./*"}) {
    EXPECT_EQ(fault_of({{"OUTPUT", path}}).input, "OUTPUT") << path;
  }
}

TEST(Parameters, SizesHaveUnits) {
  const ContainerTask task = task_of({{"CORES", "0.25"}, {"MEMORY", "8G"}});
  EXPECT_EQ(task.millicores, 250);
  EXPECT_EQ(task.memory_bytes, 8LL << 30);
  EXPECT_EQ(task_of({{"MEMORY", "8GB"}}).memory_bytes, 8'000'000'000LL);
  fault_of({{"MEMORY", "8"}});
  fault_of({{"MEMORY", "-8G"}});
  fault_of({{"CORES", "0"}});
  fault_of({{"CORES", "many"}});
  EXPECT_THAT(fault_of({{"CORES", "1"}, {"CORES", "2"}}).reason, HasSubstr("2 times"));
}

TEST(Parameters, TextMustBeWhatXmlCanCarry) {
  EXPECT_EQ(fault_of({{"ARG", std::string("a\0b", 3)}}).input, "ARG");
  fault_of({{"ARG", "\x01"}});
  fault_of({{"ARG", "\xFF\xFE"}});
  fault_of({{"ARG", std::string(200'000, 'x')}});
  EXPECT_EQ(task_of({{"ARG", "tab\tand\nline \xE2\x98\x83"}}).args.front(), "tab\tand\nline \xE2\x98\x83");
}

TEST(Parameters, EveryFaultIsTold) {
  const auto task = from_parameters({{"IMAGE", "BAD"}, {"CORES", "x"}, {"PORT", "0"}}, {});
  ASSERT_FALSE(task.ok());
  EXPECT_EQ(task.error().faults.size(), 3U);
}

}  // namespace
}  // namespace task
