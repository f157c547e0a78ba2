// Tests the rows of docs/engines.md that are about behaviour: the requests that are sent to Podman but not to Docker.
#include <thread>

#include <sys/stat.h>

#include <unistd.h>

#include "docker/runs/run_network.h"
#include "fakes/tar_builder.h"
#include "harness.h"

namespace docker::testing {
namespace {

using executor::EndCause;
using executor::RunState;
using fakes::TarBuilder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string libpod = "/v4.0.0/libpod";
const std::string network = "/networks/" + container_name;

class Podman : public Harness {
 protected:
  Podman() {
    scripted.on("GET /version", json(200, R"({"Version":"4.3.1","ApiVersion":"1.41","Os":"linux","Arch":"amd64",
                                              "Components":[{"Name":"Podman Engine","Version":"4.3.1"}]})"));
    init_answers("no command or entrypoint provided, and no CMD or ENTRYPOINT from image");
    let_runs_start();
    runs_at("");
  }
  void init_answers(const std::string& words) {
    scripted.on("POST " + libpod + "/containers/create", json(500, R"({"message":")" + words + R"("})"));
  }
  /// From now on the engine shows the container as running, with this address in its own network.
  void runs_at(const std::string& address) {
    const auto settings =
        R"(,"NetworkSettings":{"Ports":{"8080/tcp":null},"Networks":{"duws-inst-job-1":{"IPAddress":")" + address +
        R"("}}})";
    auto shown = container(R"("Status":"running","StartedAt":"2026-11-20T23:14:15Z")", "job", settings);
    const std::string labels = R"("org.docker-uws.attempt":"1")";
    shown.replace(shown.find(labels), labels.size(), labels + R"(,"org.docker-uws.port.8080/tcp":"web")");
    scripted.on("GET " + container_path + "/json", json(200, shown));
  }
  executor::RunSpec with_port() {
    auto made = spec();
    made.ports = {{"web", 8080, "tcp"}};
    return made;
  }
  executor::RunEnd refused(const executor::RunSpec& made) {
    const auto status = submit(made);
    return status.ok() && status->ended ? *status->ended : executor::RunEnd{};
  }
  std::string labels_of(const std::string& job) {
    return R"({"org.docker-uws.installation":"inst","org.docker-uws.job":")" + job +
           R"(","org.docker-uws.attempt":"1"})";
  }
  std::vector<std::string> calls(const std::string& what) {
    std::vector<std::string> found;
    for (const auto& call : scripted.calls()) {
      if (call.find(what) != std::string::npos) found.push_back(call);
    }
    return found;
  }
};

TEST_F(Podman, WithoutAnInitNothingIsRun) {
  init_answers("container-init binary not found on the host: stat /usr/libexec/podman/catatonit: no such file");
  const auto described = ask<executor::Description>(
      [](executor::Engine& engine, util::Callback<executor::Description> done) { engine.describe(done); });
  ASSERT_TRUE(described.ok());
  EXPECT_THAT(described->refusal.value_or(""), HasSubstr("install catatonit"));
  EXPECT_THAT(refused(spec()).detail, HasSubstr("install catatonit"));
}

TEST_F(Podman, TellsWhatItCannot) {
  const auto described = ask<executor::Description>(
      [](executor::Engine& engine, util::Callback<executor::Description> done) { engine.describe(done); });
  ASSERT_TRUE(described.ok());
  EXPECT_FALSE(described->refusal);
  EXPECT_THAT(described->notes, AllOf(::testing::Contains(HasSubstr("memory that ran out")),
                                      ::testing::Contains(HasSubstr("its own address"))));
}

// Mounts.

TEST_F(Podman, AFolderThatIsNotThereIsNotMade) {
  char folder[] = "/tmp/duws-mount-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  auto made = spec();
  made.mounts = {{folder, true, "/data", true}};
  EXPECT_EQ(submit(made)->state, RunState::running);
  ::rmdir(folder);
  auto missing = spec("other");
  missing.mounts = {{folder, true, "/data", true}};
  EXPECT_THAT(refused(missing).detail, HasSubstr(std::string(folder) + " does not exist"));
  EXPECT_EQ(scripted.count("POST /containers/create"), 1U);
}

TEST_F(Podman, AVolumeThatIsNotThereIsNotMade) {
  auto made = spec();
  made.mounts = {{"archive", false, "/data", true}};
  scripted.on("GET /volumes/archive", json(200, R"({"Name":"archive-of-others"})"));
  EXPECT_THAT(refused(made).detail, HasSubstr("no volume 'archive'"));
  auto other = made;
  other.id.job = "other";
  scripted.on("GET /volumes/archive", json(200, R"({"Name":"archive"})"));
  EXPECT_EQ(submit(other)->state, RunState::running);
}

// Networks.

TEST_F(Podman, ARunWithPortsHasANetworkOfItsOwnAndIsReachedThere) {
  std::vector<std::string> bodies;
  scripted.on("POST " + libpod + "/networks/create", [&](const Asked& asked) {
    bodies.push_back(asked.body);
    return json(200, R"({"subnets":[{"subnet":"10.89.3.0/24"}]})");
  });
  scripted.on("DELETE " + libpod + network, json(200, "[]"));
  runs_at("10.89.3.2");
  const auto status = submit(with_port());
  ASSERT_TRUE(status.ok() && status->state == RunState::running);
  ASSERT_EQ(bodies.size(), 2U) << "the second with an address of this machine";
  EXPECT_THAT(bodies[0], AllOf(HasSubstr(R"("internal":true)"), HasSubstr(R"("dns_enabled":false)"),
                               HasSubstr(R"("network_interface":"duwsi-)"), HasSubstr(R"("org.docker-uws.job":"job")"),
                               Not(HasSubstr("gateway"))));
  EXPECT_THAT(bodies[1], HasSubstr(R"("subnets":[{"subnet":"10.89.3.0/24","gateway":"10.89.3.1"}])"));
  EXPECT_THAT(scripted.last("POST /containers/create").body,
              AllOf(HasSubstr(R"("NetworkMode":"duws-inst-job-1")"), HasSubstr(R"("PortBindings":{})"),
                    HasSubstr(R"("Dns":["127.0.0.1"])")));
  ASSERT_EQ(status->endpoints.size(), 1U);
  EXPECT_EQ(status->endpoints[0].name, "web");
  EXPECT_EQ(status->endpoints[0].host, "10.89.3.2");
  EXPECT_EQ(status->endpoints[0].port, 8080);
}

TEST_F(Podman, AHalfMadeNetworkIsTakenUp) {
  int created = 0;
  scripted.on("POST " + libpod + "/networks/create", [&](const Asked&) {
    return ++created == 1 ? json(409, R"({"message":"network name is already used"})") : json(200, "{}");
  });
  scripted.on("GET " + libpod + network + "/json",
              json(200, R"({"labels":)" + labels_of("job") + R"(,"subnets":[{"subnet":"10.89.3.0/24"}]})"));
  scripted.on("DELETE " + libpod + network, json(200, "[]"));
  EXPECT_EQ(submit(with_port())->state, RunState::running);
  EXPECT_EQ(created, 2);
  created = 0;
  scripted.on("GET " + libpod + network + "/json", json(200, R"({"labels":{}})"));
  auto again = with_port();
  EXPECT_THAT(refused(again).detail, HasSubstr("not ours"));
}

TEST_F(Podman, OutboundIsIsolatedFromOthers) {
  scripted.on("POST " + libpod + "/networks/create", json(200, R"({"subnets":[]})"));
  auto made = with_port();
  made.network.kind = executor::Network::Kind::outbound;
  EXPECT_EQ(submit(made)->state, RunState::running);
  EXPECT_THAT(scripted.last("POST " + libpod + "/networks/create").body,
              AllOf(HasSubstr(R"("internal":false)"), HasSubstr(R"("isolate":"true")"),
                    HasSubstr(R"("network_interface":"duwso-)")));
  EXPECT_THAT(scripted.last("POST /containers/create").body, HasSubstr(R"("HostIp":"127.0.0.1")"));
}

TEST_F(Podman, PortsElsewhereWithoutAWayOutAreRefused) {
  options.publish_address = "192.0.2.1";
  EXPECT_THAT(refused(with_port()).detail, HasSubstr("cannot publish ports on 192.0.2.1"));
}

TEST_F(Podman, RootlessNeedsDelegatedLimits) {
  scripted.on("GET /info", json(200, R"({"Rootless":true,"MemoryLimit":true,"CpuCfsQuota":true,"PidsLimit":true})"));
  const auto refusal = [&](const std::string& host) {
    scripted.on("GET " + libpod + "/info", json(200, R"({"host":{)" + host + "}}"));
    const auto described = ask<executor::Description>(
        [](executor::Engine& engine, util::Callback<executor::Description> done) { engine.describe(done); });
    return described.ok() ? described->refusal.value_or("none") : "not described";
  };
  EXPECT_THAT(refusal(R"("cgroupVersion":"v1","cgroupControllers":[])"), HasSubstr("no limit would hold"));
  EXPECT_THAT(refusal(R"("cgroupVersion":"v2","cgroupControllers":["memory","pids"])"), HasSubstr("controllers cpu:"));
  EXPECT_EQ(refusal(R"("cgroupVersion":"v2","cgroupControllers":["cpu","io","memory","pids"])"), "none");
  EXPECT_THAT(refused(with_port()).detail, HasSubstr("rootless"));
}

TEST(RunNetwork, TheFirstAddressOfASubnet) {
  EXPECT_EQ(first_address("10.89.3.0/24"), "10.89.3.1");
  EXPECT_EQ(first_address("10.89.3.128/25"), "10.89.3.129");
  EXPECT_EQ(first_address("fd00::/64"), "");
  EXPECT_EQ(first_address("10.89.3.0"), "");
}

// Podman chooses a host port when the container is created, and binds it only at the start.

TEST_F(Podman, APortClashMakesAnotherContainer) {
  scripted.on("POST " + libpod + "/networks/create", json(200, "{}"));
  scripted.on("DELETE " + container_path, json(204, ""));
  int starts = 0;
  scripted.on("POST " + container_path + "/start", [&](const Asked&) {
    return ++starts == 1 ? json(500, R"({"message":"cannot listen on the TCP port: bind: address already in use"})")
                         : json(204, "");
  });
  auto made = with_port();
  made.network.kind = executor::Network::Kind::outbound;
  EXPECT_EQ(submit(made)->state, RunState::running);
  EXPECT_EQ(scripted.count("POST /containers/create"), 2U);
  EXPECT_EQ(scripted.count("DELETE " + container_path), 1U);
  EXPECT_EQ(scripted.count("PUT " + container_path + "/archive"), 2U);
}

// A mount can be lost if the Podman service is killed.

TEST_F(Podman, ALostMountIsSetRight) {
  const auto lost =
      json(500, R"({"message":"mounting storage for container c: lstat merged: no such file or directory"})");
  const auto unmount = "POST " + libpod + "/containers/" + container_name + "/unmount";
  scripted.on(unmount, json(204, ""));
  scripted.on("PUT " + container_path + "/archive",
              [=, this](const Asked&) { return scripted.count(unmount) == 0 ? lost : json(200, ""); });
  EXPECT_EQ(submit(spec())->state, RunState::running);
  EXPECT_EQ(scripted.count("PUT " + container_path + "/archive"), 2U);
  EXPECT_EQ(scripted.count(unmount), 1U);
}

// Requests that Podman fails because of what a job contains.

TEST_F(Podman, AUserThatItCannotFindIsARefusal) {
  let_runs_start("nosuch");
  scripted.on("GET " + container_path + "/archive",
              json(500, R"({"message":"determining run uid: user: unknown user error looking up user \"nosuch\""})"));
  EXPECT_THAT(refused(spec()).detail, HasSubstr("user 'nosuch' is not in its /etc/passwd"));
  EXPECT_EQ(scripted.count("GET " + container_path + "/archive"), 1U);
}

TEST_F(Podman, InfoThatFailsInABurstIsAskedForAgain) {
  auto& asked = kept<std::atomic<int>>();
  scripted.on("GET /info", [&](const Asked&) {
    return ++asked == 1 ? json(500, R"({"message":"no such container"})") : json(200, R"({"NCPU":2,"MemTotal":1000})");
  });
  const auto described = ask<executor::Description>(
      [](executor::Engine& engine, util::Callback<executor::Description> done) { engine.describe(done); });
  EXPECT_TRUE(described.ok());
}

TEST_F(Podman, AKillOfOursIsNoSignOfShortMemory) {
  scripted.on("POST " + container_path + "/stop", json(204, ""));
  scripted.on("GET " + container_path + "/json",
              json(200, container(R"("Status":"exited","ExitCode":137,"StartedAt":"2026-11-20T23:14:15Z")")));
  EXPECT_EQ(inspect({"inst", "job", 1}).ended->memory, executor::MemoryEvidence::probable);
  ASSERT_TRUE(cancel({"inst", "job", 1}).ok());
  EXPECT_EQ(inspect({"inst", "job", 1}).ended->memory, executor::MemoryEvidence::none);
}

// Logs.

std::string frame(std::string_view bytes) {
  std::string text("\1\0\0\0\0\0\0", 7);
  return text + static_cast<char>(bytes.size()) + std::string(bytes);
}

class Text : public executor::LogSink {
 public:
  bool on_stdout(std::string_view bytes) override {
    text.append(bytes);
    return text.size() < most;
  }
  bool on_stderr(std::string_view) override { return true; }
  void on_stdout_doubt(std::string) override {}
  void on_stderr_doubt(std::string) override {}
  std::string text;
  std::size_t most = 1000;
};

TEST_F(Podman, AFollowedLogHasGapsAndIsReadAsItStands) {
  auto sink = std::make_shared<Text>();
  auto& reads = kept<std::atomic<int>>();
  scripted.on("GET " + container_path + "/logs", [&](const Asked& asked) {
    if (asked.query.find("follow=1") != std::string::npos) {
      return streamed([&](Stream& stream) {
        stream.send(frame("one\n"));
        EXPECT_TRUE(until([&] { return reads > 0; })) << "it is read while it grows";
        stream.send(frame("three\n"));
      });
    }
    return json(200, ++reads == 1 ? frame("one\n") : frame("one\n") + frame("two\n") + frame("three\n"));
  });
  scripted.on("GET " + container_path + "/json",
              json(200, container(R"("Status":"exited","ExitCode":0,"StartedAt":"2026-11-20T23:14:15Z")")));
  EXPECT_TRUE(ask<void>([&](executor::Engine& engine, util::Callback<void> done) {
                engine.logs({"inst", "job", 1}, sink, done);
              }).ok());
  EXPECT_EQ(sink->text, "one\ntwo\nthree\n");
}

TEST_F(Podman, AFollowedLogMayMissTheEnd) {
  auto sink = std::make_shared<Text>();
  auto& follows = kept<std::atomic<bool>>();
  scripted.on("GET " + container_path + "/logs", [&](const Asked& asked) {
    if (asked.query.find("follow=1") == std::string::npos) return json(200, frame("all\n"));
    return streamed([&](Stream& stream) {
      follows = true;
      stream.wait_for_end();
    });
  });
  auto read = start<void>([&](executor::Engine& engine, util::Callback<void> done) {
    engine.logs({"inst", "job", 1}, sink, done);
  });
  EXPECT_TRUE(until([&] { return follows.load(); }));
  EXPECT_EQ(read.wait_for(std::chrono::milliseconds{50}), std::future_status::timeout) << "it runs";
  scripted.on("GET " + container_path + "/json",
              json(200, container(R"("Status":"exited","ExitCode":0,"StartedAt":"2026-11-20T23:14:15Z")")));
  EXPECT_EQ(inspect({"inst", "job", 1}).state, RunState::ended);
  EXPECT_TRUE(wait(read).ok());
  EXPECT_EQ(sink->text, "all\n");
  // The log is read again, now that the run has ended.
  sink->text.clear();
  EXPECT_TRUE(ask<void>([&](executor::Engine& engine, util::Callback<void> done) {
                engine.logs({"inst", "job", 1}, sink, done);
              }).ok());
  EXPECT_EQ(sink->text, "all\n");
}

TEST_F(Podman, AShortRunIsLookedAtSoonAfterItsStart) {
  // Shared: another look may follow after this function has returned.
  const auto hints = std::make_shared<std::atomic<int>>(0);
  scripted.on("GET /events", streamed([](Stream& stream) { stream.wait_for_end(); }));
  on_loop([this, hints] {
    engine().watch([id = spec().id, hints](const std::optional<executor::RunId>& run) { *hints += run == id ? 1 : 0; });
  });
  const auto submitted = submit(spec());
  ASSERT_TRUE(submitted.ok());
  const int before = *hints;
  EXPECT_EQ(submitted->state, RunState::running);
  EXPECT_TRUE(until([&] { return *hints > before; }));
}

TEST_F(Podman, AFollowedLogIsOverWhenItsContainerDied) {
  auto sink = std::make_shared<Text>();
  auto& follows = kept<std::atomic<bool>>();
  auto& dies = kept<std::atomic<bool>>();
  scripted.on("GET /events", streamed([&](Stream& stream) {
                EXPECT_TRUE(until([&] { return dies.load(); }));
                stream.send(R"({"Type":"container","Action":"die","Actor":{"Attributes":{"name":")" + container_name +
                            "\"}}}\n");
                stream.wait_for_end();
              }));
  scripted.on("GET " + container_path + "/logs", [&](const Asked& asked) {
    if (asked.query.find("follow=1") == std::string::npos) return json(200, frame("all\n"));
    return streamed([&](Stream& stream) {
      follows = true;
      stream.wait_for_end();
    });
  });
  on_loop([this] { engine().watch([](const std::optional<executor::RunId>&) {}); });
  auto read = start<void>([&](executor::Engine& engine, util::Callback<void> done) {
    engine.logs({"inst", "job", 1}, sink, done);
  });
  EXPECT_TRUE(until([&] { return follows.load(); }));
  dies = true;
  EXPECT_TRUE(wait(read).ok());
  EXPECT_EQ(sink->text, "all\n");
}

// Podman 4.3 follows the log of a running container only.
TEST_F(Podman, ALogGoesOnWhenItsContainerWasPaused) {
  auto& looks = kept<std::atomic<int>>();
  auto& wrote = kept<std::atomic<bool>>();
  scripted.on("GET " + container_path + "/json", [&](const Asked&) {
    const char* word = wrote ? "exited" : ++looks < 3 ? "paused" : "running";
    return json(200,
                container(R"("ExitCode":0,"StartedAt":"2026-11-20T23:14:15Z","Status":")" + std::string(word) + '"'));
  });
  scripted.on("GET " + container_path + "/logs", [&](const Asked& asked) {
    const bool follows = asked.query.find("follow=1") != std::string::npos;
    if (follows && looks >= 3) wrote = true;
    return json(200, wrote ? frame("one\n") + frame("two\n") : frame("one\n"));
  });
  auto sink = std::make_shared<Text>();
  EXPECT_TRUE(ask<void>([&](executor::Engine& engine, util::Callback<void> done) {
                engine.logs({"inst", "job", 1}, sink, done);
              }).ok());
  EXPECT_EQ(sink->text, "one\ntwo\n");
  EXPECT_EQ(looks, 3);
}

TEST_F(Podman, ALogIsNotOverBeforeItsContainerIsStarted) {
  scripted.on("GET " + container_path + "/json", json(200, container(R"("Status":"created","ExitCode":0)")));
  EXPECT_EQ(inspect({"inst", "job", 1}).state, RunState::absent);  // as seen by a recovery, which then submits it again
  auto sink = std::make_shared<Text>();
  auto& reads = kept<std::atomic<int>>();
  scripted.on("GET " + container_path + "/logs", [&](const Asked& asked) {
    if (asked.query.find("follow=1") == std::string::npos)
      return json(200, ++reads == 1 ? frame("one\n") : frame("one\n") + frame("two\n"));
    return streamed([&](Stream& stream) {
      stream.send(frame("one\n"));
      EXPECT_TRUE(until([&] { return reads > 0; }));
    });
  });
  EXPECT_TRUE(ask<void>([&](executor::Engine& engine, util::Callback<void> done) {
                engine.logs({"inst", "job", 1}, sink, done);
              }).ok());
  EXPECT_EQ(sink->text, "one\ntwo\n");
}

// The caller may read the log again. Then the rest of the first reading must not get mixed into it.
TEST_F(Podman, ALogThatBrokeOffGivesNothingMore) {
  auto sink = std::make_shared<Text>();
  auto& is_read = kept<std::atomic<bool>>();
  auto& has_broken_off = kept<std::atomic<bool>>();
  auto& is_over = kept<std::atomic<bool>>();
  scripted.on("GET " + container_path + "/logs", [&](const Asked& asked) {
    if (asked.query.find("follow=1") != std::string::npos) {
      Reply follows = streamed([&](Stream& stream) {
        stream.send(frame("one\n"));
        EXPECT_TRUE(until([&] { return is_read.load(); }));
      });
      follows.cut = true;
      return follows;
    }
    return streamed([&](Stream& stream) {
      stream.send(frame("one\n"));
      is_read = true;
      EXPECT_TRUE(until([&] { return has_broken_off.load(); }));
      stream.send(frame("two\n"));
      is_over = true;
    });
  });
  const auto read = ask<void>([&](executor::Engine& engine, util::Callback<void> done) {
    engine.logs({"inst", "job", 1}, sink, done);
  });
  EXPECT_FALSE(read.ok());
  has_broken_off = true;
  EXPECT_TRUE(until([&] { return is_over.load(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds{50});
  EXPECT_EQ(sink->text.find("two"), std::string::npos);
}

TEST_F(Podman, ALogThatNobodyWantsAnyMoreIsLeft) {
  auto sink = std::make_shared<Text>();
  sink->most = 2;
  scripted.on("GET " + container_path + "/logs", [&](const Asked& asked) {
    if (asked.query.find("follow=1") == std::string::npos) return json(200, frame("one\n") + frame("two\n"));
    return streamed([](Stream& stream) {
      stream.send(frame("one\n"));
      stream.wait_for_end();
    });
  });
  EXPECT_TRUE(ask<void>([&](executor::Engine& engine, util::Callback<void> done) {
                engine.logs({"inst", "job", 1}, sink, done);
              }).ok());
  EXPECT_EQ(sink->text, "one\n");
}

// Outputs.

class FileNames : public executor::OutputSink {
 public:
  util::Result<std::unique_ptr<util::ByteSink>> open(std::size_t, const std::string& file, std::uint64_t) override {
    taken.push_back(file);
    return util::Error::of(util::ErrorCode::unsupported, "only its name is wanted");
  }
  std::vector<std::string> taken;
};

TEST_F(Podman, ALinkInTheWorkVolumeIsFollowedByUs) {
  auto files = std::make_shared<FileNames>();
  scripted.on("GET " + container_path + "/archive", [](const Asked& asked) {
    const std::map<std::string, std::string> archives{
        {"path=%2Fwork%2Fjob", TarBuilder().folder("job").link("job/out", "/tmp/results").closed()},
        {"path=%2Ftmp%2Fresults%2Fa.txt", TarBuilder().file("a.txt", "1").closed()}};
    const auto found = archives.find(asked.query);
    return found == archives.end() ? json(404, R"({"message":"no such file or directory"})") : json(200, found->second);
  });
  const auto collect = [&](const std::string& pattern) {
    return ask<executor::CollectedOutputs>(
        [&](executor::Engine& engine, util::Callback<executor::CollectedOutputs> done) {
          engine.collect({"inst", "job", 1}, {{"", pattern, false}}, files, done);
        });
  };
  ASSERT_TRUE(collect("/work/job/out/a.txt").ok());
  EXPECT_THAT(files->taken, ElementsAre("/work/job/out/a.txt"));
  const auto none = collect("/work/job/none.txt");
  ASSERT_TRUE(none.ok());
  EXPECT_THAT(none->missing.at(0).second, HasSubstr("no such file"));
  // Outside of the work volume the engine itself follows links, so no folder is searched.
  ASSERT_TRUE(collect("/tmp/none.txt").ok());
  EXPECT_EQ(calls("/archive").size(), 7U);
}

// What is left of a run.

TEST_F(Podman, OnlyTheRunsOwnVolumeAndNetworkAreRemoved) {
  scripted.on("GET " + container_path + "/json", json(404, "{}"));
  scripted.on("GET " + network, json(200, R"({"Labels":)" + labels_of("job") + "}"));
  scripted.on("DELETE " + network, json(204, ""));
  // Podman may return another volume whose name begins with the requested name.
  scripted.on("GET /volumes/" + container_name, json(200, R"({"Name":"duws-inst-job-10","Labels":{)"
                                                          R"("org.docker-uws.installation":"inst",)"
                                                          R"("org.docker-uws.job":"job",)"
                                                          R"("org.docker-uws.attempt":"10"}})"));
  EXPECT_TRUE(release({"inst", "job", 1}).ok());
  EXPECT_EQ(scripted.count("DELETE " + network), 1U);
  EXPECT_EQ(scripted.count("DELETE /volumes/" + container_name), 0U);
  scripted.on("GET /volumes/" + container_name, json(200, R"({"Labels":)" + labels_of("job") + "}"));
  scripted.on("DELETE /volumes/" + container_name, json(204, ""));
  EXPECT_TRUE(release({"inst", "job", 1}).ok());
  EXPECT_EQ(scripted.count("DELETE /volumes/" + container_name), 1U);
}

TEST_F(Podman, AnInitThatFailedIsNamedWithItsCommand) {
  scripted.on("GET " + container_path + "/json",
              json(200, container(R"("Status":"exited","ExitCode":1,"StartedAt":"2026-11-20T23:14:15Z")", "job",
                                  R"(,"Path":"/run/podman-init","Args":["--","/no/such"])")));
  auto words = frame("ERROR (catatonit:6): failed to exec pid1: No such file or directory\n");
  words[0] = 2;
  scripted.on("GET " + container_path + "/logs", json(200, words));
  const auto status = inspect({"inst", "job", 1});
  ASSERT_TRUE(status.ended);
  EXPECT_EQ(status.ended->cause, EndCause::command_missing);
  EXPECT_THAT(status.ended->detail, HasSubstr("/no/such: ERROR (catatonit:6)"));
}

}  // namespace
}  // namespace docker::testing
