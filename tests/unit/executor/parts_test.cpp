// Tests the small parts of the executor: names of runs, media types, links of ports, options, run specifications,
// growing logs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/node.h"
#include "executor/live_board.h"
#include "executor/logs.h"
#include "executor/media_type.h"
#include "executor/options.h"
#include "executor/ports.h"
#include "executor/spec.h"
#include "fakes/fake_container.h"
#include "fakes/temp_folder.h"

namespace executor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RunIds, AreReadBackFromTheirNames) {
  const RunId id{"abc", "def2", 3};
  EXPECT_EQ(id.name(), "duws-abc-def2-3");
  EXPECT_EQ(RunId::parse(id.name()), id);
  for (const std::string wrong :
       {"", "duws-abc-def2", "duws-abc-def2-x", "duws-a-b-c-1", "other-abc-def2-3", "duws--def2-3", "duws-abc-def2-3-",
        "duws-abc-def2--3", "duws-abc-def2-99999999999999999999"}) {
    EXPECT_FALSE(RunId::parse(wrong)) << wrong;
  }
}

TEST(MediaTypes, ComeFromTheExtension) {
  EXPECT_EQ(media_type_of("/work/job/m51.FITS"), "application/fits");
  EXPECT_EQ(media_type_of("a.vot"), "application/x-votable+xml");
  EXPECT_EQ(media_type_of("a.b/c.png"), "image/png");
  EXPECT_EQ(media_type_of("a.b/c"), "application/octet-stream");
  EXPECT_EQ(media_type_of("/.fits"), "application/octet-stream");
  EXPECT_EQ(media_type_of(""), "application/octet-stream");
}

TEST(PortLinks, FillTheTemplate) {
  task::Port port{"lab", 8888, "tcp", "http", "/lab"};
  Endpoint endpoint{"lab", 8888, "tcp", "10.0.0.7", 49153};
  EXPECT_EQ(port_href("{scheme}://{host}:{port}{path}", port, endpoint), "http://10.0.0.7:49153/lab");
  EXPECT_EQ(port_href("https://jobs.example.org/p/{port}{path}", port, endpoint),
            "https://jobs.example.org/p/49153/lab");
  endpoint.host = "fd00::1";
  EXPECT_EQ(port_href("{scheme}://{host}:{port}{path}", port, endpoint), "http://[fd00::1]:49153/lab");
  port.scheme.clear();
  EXPECT_EQ(port_href("http://x/{port}", port, endpoint), "tcp://[fd00::1]:49153");
}

Options read(const std::string& yaml, config::Faults& faults) {
  const data::Node root = *data::parse_yaml(yaml);
  config::Reader reader(config::Section(&root, "", 1), faults);
  return read_options(reader, faults);
}

TEST(ExecutorOptions, AreReadFromThreeSections) {
  config::Faults faults;
  const Options options = read(
      "engines:\n  - name: one\n    socket: unix:///x\n    cores: 2.5\n    memory: 8G\n    slots: 3\n"
      "    port_url: http://h/{port}{path}\n    min_free_disk: 5G\n    probe_host: 10.1.2.3\n  - name: two\n"
      "inputs:\n  allow_addresses: [10.0.0.0/8]\n  max_bytes: 1G\n  timeout: 5m\n"
      "runs:\n  stop_grace: 3\n  pids: 17\n  max_disk: 2G\n  max_running_per_owner: 4\n",
      faults);
  for (const auto& fault : faults) ADD_FAILURE() << config::to_string(fault, "test");
  ASSERT_EQ(options.engines.size(), 2U);
  EXPECT_EQ(options.engines[0].millicores, 2500);
  EXPECT_EQ(options.engines[0].memory_bytes, 8LL << 30);
  EXPECT_EQ(options.engines[0].slots, 3);
  EXPECT_EQ(options.engines[0].min_free_disk_bytes, 5LL << 30);
  EXPECT_EQ(options.engines[0].probe_host, "10.1.2.3");
  EXPECT_EQ(options.runs.max_disk_bytes, 2LL << 30);
  EXPECT_EQ(options.runs.max_running_per_owner, 4);
  EXPECT_FALSE(options.engines[1].min_free_disk_bytes.has_value());
  EXPECT_FALSE(options.engines[1].millicores.has_value());
  EXPECT_THAT(options.inputs.allow_addresses, ElementsAre("10.0.0.0/8"));
  EXPECT_EQ(options.inputs.timeout, std::chrono::minutes{5});
  EXPECT_EQ(options.runs.stop_grace, std::chrono::seconds{3});
  EXPECT_EQ(options.runs.pids, 17);
}

TEST(ExecutorOptions, ThatLeaveNothingToRunWithAreFaults) {
  config::Faults faults;
  read("runs: {staging_timeout: 0, collect_timeout: 0, pids: 1}\n", faults);
  EXPECT_EQ(faults.size(), 3U);
}

TEST(Ports, AreAskedWhereTheyAreAndNeverElsewhere) {
  const Endpoint published{"web", 80, "tcp", "127.0.0.1", 40000};
  Endpoint everywhere = published;
  everywhere.host = "0.0.0.0";
  EXPECT_EQ(probe_address(published, "", true), "127.0.0.1");
  EXPECT_EQ(probe_address(everywhere, "", true), "127.0.0.1");
  EXPECT_EQ(probe_address(everywhere, "10.1.2.3", false), "10.1.2.3");
  EXPECT_EQ(probe_address(published, "", false), std::nullopt);  // the engine's loopback is on another machine
}

TEST(ExecutorOptions, WrongOnesAreFaults) {
  config::Faults faults;
  (void)read(
      "engines:\n  - name: one\n    port_url: http://h/\n    probe_host: localhost\n  - name: one\n  - cores: 0\n"
      "inputs:\n  allow_addresses: [nowhere]\n  max_byte: 1G\n",
      faults);
  std::vector<std::string> paths;
  for (const auto& fault : faults) paths.push_back(fault.path);
  EXPECT_THAT(paths, ::testing::UnorderedElementsAre("/engines/0/port_url", "/engines/0/probe_host", "/engines/1/name",
                                                     "/engines/2/name", "/engines/2/cores", "/inputs/allow_addresses",
                                                     "/inputs/max_byte"));
}

class Blobs : public ::testing::Test {
 protected:
  fakes::TempFolder folder;
  std::unique_ptr<store::BlobStore> blobs = std::move(store::open_blob_folder(folder / "blobs")).value();
};

TEST_F(Blobs, ASpecSaysWhatTheTaskAndTheOperatorSay) {
  task::PolicyOptions allowed;
  allowed.volumes = {{"data", "/srv/data", false}, {"scratch", "scratch-volume", true}};
  allowed.networks = {{"lab", "engine-lab"}};
  task::ContainerTask task;
  task.image = *task::ImageReference::parse("busybox");
  task.args = {"ls"};
  task.env = {{"A", "1"}};
  task.mounts = {{"data", "/data", false}, {"scratch", "/scratch", false}};
  task.ports = {{"port-80", 80, "tcp", "http", ""}};
  task.inputs = {{"/work/job/a", "", "mine"}, {"/work/job/b", "http://x/", ""}};
  task.inputs[1].mode = 0755;
  task.network = "lab";
  task.millicores = 250;
  RunOptions options;
  options.pids = 9;
  const std::vector<uws::Parameter> parameters{{"mine", "", true, "blob-1", "", 5}};
  const RunId id{"i", "j", 1};

  const auto spec =
      make_spec(id, task, task::Policy(allowed), options, parameters, {{"/work/job/b", {"blob-2", 6}}}, *blobs);
  ASSERT_TRUE(spec.ok()) << spec.error().message;
  EXPECT_EQ(spec->id, id);
  EXPECT_EQ(spec->workdir, "/work/job");
  ASSERT_EQ(spec->inputs.size(), 2U);
  EXPECT_EQ(spec->inputs[0].size_bytes, 5U);
  EXPECT_EQ(spec->inputs[1].size_bytes, 6U);
  EXPECT_EQ(spec->inputs[0].mode, 0644U);
  EXPECT_EQ(spec->inputs[1].mode, 0755U);
  EXPECT_TRUE(spec->mounts[0].read_only);  // although the task asked for a writable mount
  EXPECT_TRUE(spec->mounts[0].source_is_path);
  EXPECT_FALSE(spec->mounts[1].read_only);
  EXPECT_FALSE(spec->mounts[1].source_is_path);
  EXPECT_EQ(spec->network.kind, Network::Kind::named);
  EXPECT_EQ(spec->network.name, "engine-lab");
  EXPECT_EQ(spec->limits.millicores, 250);
  EXPECT_EQ(spec->limits.pids, 9);

  using Pairs = std::vector<std::pair<std::string, std::string>>;
  uws::Job job;
  job.id = "abc";
  job.run_id = "my run";
  RunSpec named = *spec;
  named.env = {{"UWS_RUNID", "the task's own"}};
  name_job(named, job);
  EXPECT_EQ(named.env, (Pairs{{"UWS_RUNID", "the task's own"}, {"UWS_JOBID", "abc"}}));
  named.env.clear();
  name_job(named, job);
  EXPECT_EQ(named.env, (Pairs{{"UWS_JOBID", "abc"}, {"UWS_RUNID", "my run"}}));
  EXPECT_FALSE(make_spec(id, task, task::Policy(allowed), options, parameters, {}, *blobs).ok());
  EXPECT_FALSE(
      make_spec(id, task, task::Policy({}), options, parameters, {{"/work/job/b", {"blob-2", 6}}}, *blobs).ok());
}

std::string all(uws::ResultSource& source) {
  std::string text(100, '\0');
  const auto got = source.read(0, text.data(), text.size());
  return got.ok() ? text.substr(0, *got) : got.error().message;
}

TEST_F(Blobs, ALogCanBeReadWhileItGrowsAndTellsThatItGrew) {
  auto log = std::make_shared<LogStream>(*blobs, 100);
  int told = 0;
  auto listening = log->on_growth([&told] { ++told; });
  EXPECT_EQ(all(*log), "");
  EXPECT_TRUE(log->write("one "));
  EXPECT_EQ(all(*log), "one ");
  EXPECT_TRUE(log->write("two"));
  EXPECT_EQ(told, 2);
  EXPECT_FALSE(log->ended());
  const auto sealed = log->seal();
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(told, 3);
  EXPECT_TRUE(log->ended());
  EXPECT_EQ(sealed->size_bytes, 7U);
  EXPECT_EQ(sealed->tail, "one two");
  EXPECT_EQ(sealed->note, "");
  EXPECT_EQ(all(*log), "one two");
  listening.reset();
  log->end();
  EXPECT_EQ(told, 3);
}

TEST_F(Blobs, ALogThatIsToldOnceMoreKeepsEachByteOnce) {
  LogRecorder logs(*blobs, 100);
  EXPECT_TRUE(logs.on_stdout("abc"));
  logs.rewind();
  EXPECT_TRUE(logs.on_stdout("ab"));
  EXPECT_TRUE(logs.on_stdout("cd"));
  EXPECT_EQ(all(*logs.out()), "abcd");
}

TEST_F(Blobs, ALogOfWhichLessIsLeftThanWasKeptIsInDoubt) {
  LogRecorder logs(*blobs, 100);
  EXPECT_TRUE(logs.on_stdout("abcdef"));
  EXPECT_TRUE(logs.on_stderr("abc"));
  logs.rewind();
  EXPECT_TRUE(logs.on_stdout("ef"));
  EXPECT_TRUE(logs.on_stderr("abc"));
  EXPECT_THAT(logs.out()->seal()->note, HasSubstr("may have gaps"));
  EXPECT_EQ(logs.err()->seal()->note, "");
}

TEST_F(Blobs, AFullLogIsCutAndBothFullWantNoMore) {
  LogRecorder logs(*blobs, 4);
  EXPECT_TRUE(logs.on_stdout("abcdef"));
  EXPECT_TRUE(logs.on_stdout("g"));
  EXPECT_EQ(all(*logs.out()), "abcd");
  EXPECT_FALSE(logs.on_stderr("12345"));
  EXPECT_THAT(logs.out()->seal()->note, HasSubstr("is cut at 4 B"));
}

TEST_F(Blobs, AnEmptyLogIsABlobToo) {
  LogStream log(*blobs, 4);
  const auto sealed = log.seal();
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(*blobs->size(sealed->blob), 0U);
}

TEST(LiveBoards, GiveEachChangeItsOwnRevision) {
  LiveBoard board;
  EXPECT_EQ(board.view("a"), nullptr);
  board.set("a", {});
  const auto first = board.view("a");
  board.set("a", {});
  EXPECT_NE(board.view("a")->revision, first->revision);
  board.remove("a");
  EXPECT_EQ(board.view("a"), nullptr);
  EXPECT_NE(first, nullptr);
}

}  // namespace
}  // namespace executor
