#include "docker/runs/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docker/differences.h"

namespace docker {
namespace {

using executor::EndCause;
using executor::MemoryEvidence;
using executor::RunState;

const executor::RunId run{"inst", "job", 1};

std::optional<executor::RunStatus> status_of(const std::string& state, const std::string& rest = "",
                                             StatusContext known = {}) {
  const auto node = data::parse_json(R"({"State":{)" + state + "}" + rest + "}");
  EXPECT_TRUE(node.ok()) << state;
  return read_status(run, *node, known);
}

constexpr auto times = R"(,"StartedAt":"2026-11-20T23:14:15.941042773Z","FinishedAt":"2026-11-20T23:14:16.943835206Z")";
constexpr auto no_times = R"(,"StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z")";

TEST(Status, AnEndHasItsCodeAndTimes) {
  const auto status = status_of(std::string(R"("Status":"exited","ExitCode":3,"OOMKilled":false)") + times);
  ASSERT_TRUE(status && status->ended);
  EXPECT_EQ(status->state, RunState::ended);
  EXPECT_EQ(status->ended->cause, EndCause::exited);
  EXPECT_EQ(status->ended->exit_code, 3);
  EXPECT_EQ(status->ended->memory, MemoryEvidence::none);
  EXPECT_EQ(util::to_iso(*status->ended->started_at), "2026-11-20T23:14:15.941Z");
  EXPECT_EQ(util::to_iso(*status->ended->finished_at), "2026-11-20T23:14:16.943Z");
}

TEST(Status, AnEndBeforeItsBeginningIsClamped) {
  const auto status = status_of(
      R"("Status":"exited","ExitCode":0,"StartedAt":"2026-11-20T23:14:15.005Z","FinishedAt":"2026-11-20T23:14:15.001Z")");
  ASSERT_TRUE(status && status->ended);
  EXPECT_EQ(status->ended->finished_at, status->ended->started_at);
}

TEST(Status, MemoryEvidence) {
  const auto evidence = [](const std::string& state, bool stopped = false, Kind kind = Kind::podman) {
    return status_of(R"("Status":"exited",)" + state + times, "", {kind, stopped, {}})->ended->memory;
  };
  EXPECT_EQ(evidence(R"("ExitCode":137,"OOMKilled":true)"), MemoryEvidence::out_of_memory);
  EXPECT_EQ(evidence(R"("ExitCode":0,"OOMKilled":true)"), MemoryEvidence::out_of_memory);
  EXPECT_EQ(evidence(R"("ExitCode":137,"OOMKilled":false)"), MemoryEvidence::probable);
  EXPECT_EQ(evidence(R"("ExitCode":137,"OOMKilled":false)", true), MemoryEvidence::none);
  EXPECT_EQ(evidence(R"("ExitCode":1,"OOMKilled":false)"), MemoryEvidence::none);
  // Docker would report it.
  EXPECT_EQ(evidence(R"("ExitCode":137,"OOMKilled":false)", false, Kind::docker), MemoryEvidence::none);
  EXPECT_EQ(evidence(R"("ExitCode":137,"OOMKilled":true)", false, Kind::docker), MemoryEvidence::out_of_memory);
}

TEST(Status, TimesAreOfOurClock) {
  using namespace std::chrono_literals;
  const auto status = status_of(std::string(R"("Status":"exited","ExitCode":3,"OOMKilled":false)") + times, "",
                                {Kind::docker, false, 2s});
  EXPECT_EQ(util::to_iso(*status->started_at), "2026-11-20T23:14:13.941Z");
  EXPECT_EQ(util::to_iso(*status->ended->started_at), "2026-11-20T23:14:13.941Z");
  EXPECT_EQ(util::to_iso(*status->ended->finished_at), "2026-11-20T23:14:14.943Z");
}

TEST(Status, ARefusedStartIsAnEndEvenAfterARestart) {
  const auto missing = status_of(std::string(R"("Status":"created","ExitCode":127,"Error":"exec: nosuch")") + no_times);
  ASSERT_TRUE(missing && missing->ended);
  EXPECT_EQ(missing->ended->cause, EndCause::command_missing);
  EXPECT_EQ(missing->ended->exit_code, std::nullopt);
  EXPECT_EQ(missing->ended->detail, "exec: nosuch");
  const auto taken = status_of(
      std::string(
          R"("Status":"created","ExitCode":128,"Error":"Bind for 127.0.0.1:80 failed: port is already allocated")") +
      no_times);
  EXPECT_EQ(taken->ended->cause, EndCause::port_taken);
  const auto other =
      status_of(std::string(R"("Status":"created","ExitCode":128,"Error":"network x not found")") + no_times);
  EXPECT_EQ(other->ended->cause, EndCause::start_refused);
}

TEST(Status, MadeAndNeverStartedIsForSubmitToTakeOver) {
  EXPECT_EQ(status_of(std::string(R"("Status":"created","ExitCode":0,"Error":"")") + no_times)->state,
            RunState::absent);
}

TEST(Status, WhatMakesNoSenseIsNoStatus) {
  EXPECT_EQ(status_of(R"("Status":"dancing")"), std::nullopt);
  EXPECT_EQ(status_of(""), std::nullopt);
  EXPECT_EQ(read_status(run, data::Node::array(), {}), std::nullopt);
}

TEST(Status, EndpointsAreOursAndOneOfBothFamilies) {
  const auto status =
      status_of(std::string(R"("Status":"running")") + times,
                R"(,"Config":{"Labels":{"org.docker-uws.port.8080/tcp":"web","org.docker-uws.port.53/udp":"dns",
          "org.docker-uws.port.90/tcp":"none","org.docker-uws.image-digest":"sha256:ab"}},
         "NetworkSettings":{"Ports":{"8080/tcp":[{"HostIp":"::","HostPort":"40001"},{"HostIp":"0.0.0.0","HostPort":"40000"}],
          "53/udp":[{"HostIp":"::1","HostPort":"40002"}],"90/tcp":null,"70/tcp":[{"HostIp":"0.0.0.0","HostPort":"1"}]}})");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->state, RunState::running);
  EXPECT_EQ(status->image_digest, "sha256:ab");
  ASSERT_EQ(status->endpoints.size(), 2U);
  EXPECT_EQ(status->endpoints[0].name, "web");
  EXPECT_EQ(status->endpoints[0].host, "0.0.0.0");
  EXPECT_EQ(status->endpoints[0].port, 40000);
  EXPECT_EQ(status->endpoints[1].name, "dns");
  EXPECT_EQ(status->endpoints[1].protocol, "udp");
}

TEST(Status, TheEnginesWordsAreCleaned) {
  const auto status = status_of(std::string("\"Status\":\"created\",\"ExitCode\":128,\"Error\":\"bad \\u0001 ") +
                                std::string(5000, 'x') + "\"" + no_times);
  EXPECT_LT(status->ended->detail.size(), 2100U);
  EXPECT_EQ(status->ended->detail.find('\x01'), std::string::npos);
}

TEST(Differences, CausesOfARefusedStart) {
  EXPECT_EQ(
      cause_of_refused_start(R"(OCI runtime create failed: exec: "x": executable file not found in $PATH: unknown)", 0),
      EndCause::command_missing);
  EXPECT_EQ(cause_of_refused_start(R"(exec: "/x": stat /x: no such file or directory: unknown)", 0),
            EndCause::command_missing);
  EXPECT_EQ(cause_of_refused_start(R"(exec: "/etc/passwd": permission denied)", 0), EndCause::command_not_executable);
  EXPECT_EQ(cause_of_refused_start("driver failed: Bind for 127.0.0.1:8080 failed: port is already allocated", 128),
            EndCause::port_taken);
  EXPECT_EQ(cause_of_refused_start("network duws not found", 0), EndCause::start_refused);
  EXPECT_EQ(cause_of_refused_start("", 126), EndCause::command_not_executable);
}

TEST(Differences, CausesOfAFailedPull) {
  EXPECT_EQ(cause_of_failed_pull("manifest for a:b not found: manifest unknown: manifest unknown", 404),
            EndCause::image_missing);
  EXPECT_EQ(cause_of_failed_pull(R"(Head "http://r/v2/a": no basic auth credentials)", 500), EndCause::image_denied);
  EXPECT_EQ(cause_of_failed_pull("unauthorized: authentication required", 500), EndCause::image_denied);
  EXPECT_EQ(
      cause_of_failed_pull("pull access denied for a, repository does not exist or may require 'docker login'", 404),
      EndCause::image_denied);
  EXPECT_EQ(cause_of_failed_pull("no matching manifest for linux/amd64 in the manifest list entries", 404),
            EndCause::image_platform);
  EXPECT_EQ(cause_of_failed_pull("dial tcp 127.0.0.1:15999: connect: connection refused", 500),
            EndCause::registry_unreachable);
  EXPECT_EQ(cause_of_failed_pull("write /var/lib: no space left on device", 0), EndCause::no_space);
  EXPECT_EQ(cause_of_failed_pull("received unexpected HTTP status: 500", 500), EndCause::pull_failed);
}

TEST(Differences, AnInitThatCouldNotRunTheCommand) {
  EXPECT_EQ(cause_of_init_failure("[FATAL tini (7)] exec /x failed: No such file or directory", 127),
            EndCause::command_missing);
  EXPECT_EQ(cause_of_init_failure("[FATAL tini (7)] exec /x failed: Permission denied", 126),
            EndCause::command_not_executable);
  EXPECT_EQ(cause_of_init_failure("sh: x: not found", 127), std::nullopt);
}

}  // namespace
}  // namespace docker
