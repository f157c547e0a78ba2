// Tests the rows of docs/engines.md that are about the wording of engines' messages, with messages that Docker 20.10.24
// and Podman 4.3.1 really sent.
#include "docker/differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docker {
namespace {

using executor::EndCause;
using ::testing::HasSubstr;
using ::testing::Not;

Answer answer(long status, const std::string& message) { return {status, R"({"message":")" + message + R"("})"}; }

data::Node parse(std::string_view text) { return *data::parse_json(text, {1U << 16U, 16, 1000}); }

TEST(Difference, ANameThatIsTaken) {
  EXPECT_TRUE(name_is_taken(answer(409, "Conflict. The container name \\\"/a\\\" is already in use by container 1")));
  EXPECT_TRUE(name_is_taken(answer(
      500, "container create: creating container storage: the container name \\\"a\\\" is already in use by 85")));
  EXPECT_TRUE(name_is_taken(answer(500, "network name a already used: network already exists")));
  EXPECT_FALSE(name_is_taken(answer(500, "container create: unable to find network with name or ID a")));
}

TEST(Difference, APortThatIsTaken) {
  EXPECT_TRUE(
      is_port_clash("driver failed programming external connectivity on endpoint a: Bind for 127.0.0.1:34077 "
                    "failed: port is already allocated"));
  EXPECT_TRUE(
      is_port_clash("cannot listen on the TCP port: listen tcp4 127.0.0.1:34077: bind: address already in use"));
  EXPECT_TRUE(chooses_ports_at_create(Kind::podman));
  EXPECT_FALSE(chooses_ports_at_create(Kind::docker));
}

TEST(Difference, ACommandThatIsMissingOrNotExecutable) {
  EXPECT_EQ(cause_of_refused_start("runc: runc create failed: unable to start container process: exec: \"/no/such\": "
                                   "stat /no/such: no such file or directory: OCI runtime attempted to invoke a "
                                   "command that was not found",
                                   0),
            EndCause::command_missing);
  EXPECT_EQ(cause_of_refused_start("crun: executable file `nosuch` not found in $PATH: No such file or directory: OCI "
                                   "runtime attempted to invoke a command that was not found",
                                   0),
            EndCause::command_missing);
  EXPECT_EQ(cause_of_refused_start("runc: runc create failed: unable to start container process: exec: "
                                   "\"/etc/passwd\": permission denied: OCI permission denied",
                                   0),
            EndCause::command_not_executable);
  EXPECT_EQ(cause_of_refused_start("unable to find user nosuch: no matching entries in passwd file", 0),
            EndCause::start_refused);
}

TEST(Difference, AnInitThatCannotRunTheCommand) {
  const auto* tini = "[FATAL tini (6)] exec /no/such failed: No such file or directory";
  const auto* missing = "ERROR (catatonit:6): failed to exec pid1: No such file or directory";
  const auto* refused = "ERROR (catatonit:6): failed to exec pid1: Permission denied";
  EXPECT_TRUE(may_be_init_failure(Kind::docker, 127));
  EXPECT_FALSE(may_be_init_failure(Kind::docker, 1));
  EXPECT_TRUE(may_be_init_failure(Kind::podman, 1));
  EXPECT_EQ(cause_of_init_failure(tini, 127), EndCause::command_missing);
  EXPECT_EQ(cause_of_init_failure(missing, 1), EndCause::command_missing);
  EXPECT_EQ(cause_of_init_failure(refused, 1), EndCause::command_not_executable);
  EXPECT_EQ(cause_of_init_failure("sh: nosuch: not found", 127), std::nullopt);
}

TEST(Difference, TheCommandBehindTheInit) {
  EXPECT_EQ(command_of(parse(R"({"Path":"/run/podman-init","Args":["--","/act","exit"]})")), "/act");
  EXPECT_EQ(command_of(parse(R"({"Path":"/act","Args":["--","exit"]})")), "/act");
  EXPECT_EQ(command_of(parse(R"({"Path":"/run/podman-init","Args":[]})")), "/run/podman-init");
}

TEST(Difference, APullThatFailedWithinAGoodAnswer) {
  EXPECT_EQ(cause_of_failed_pull("initializing source docker://127.0.0.1:9/busybox:test: pinging container registry "
                                 "127.0.0.1:9: Get \"http://127.0.0.1:9/v2/\": dial tcp 127.0.0.1:9: connect: "
                                 "connection refused",
                                 0),
            EndCause::registry_unreachable);
  EXPECT_EQ(cause_of_failed_pull("initializing source docker://127.0.0.1:5000/nosuch:test: reading manifest test in "
                                 "127.0.0.1:5000/nosuch: name unknown: repository name not known to registry",
                                 0),
            EndCause::image_missing);
  EXPECT_EQ(cause_of_failed_pull("initializing source docker://127.0.0.1:5000/busybox:test: reading manifest test in "
                                 "127.0.0.1:5000/busybox: unauthorized: authentication required",
                                 0),
            EndCause::image_denied);
}

TEST(Difference, APullForAnotherMachineOrTooManyOfThem) {
  for (const auto* words :
       {"no matching manifest for linux/amd64 in the manifest list entries",
        "choosing an image from manifest list docker://127.0.0.1:5000/other:test: no image found in manifest list for "
        "architecture amd64, variant \"\", OS linux",
        "choosing an image from manifest list docker://r/other:test: no image found in image index for architecture "
        "amd64, variant \"\", OS linux"}) {
    EXPECT_EQ(cause_of_failed_pull(words, 0), EndCause::image_platform) << words;
  }
  for (const auto* words :
       {"toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating",
        "reading manifest test in 127.0.0.1:5000/busy: too many requests to registry",
        "received unexpected HTTP status: 429 Too Many Requests"}) {
    EXPECT_EQ(cause_of_failed_pull(words, 500), EndCause::registry_busy) << words;
  }
  EXPECT_EQ(cause_of_failed_pull("", 429), EndCause::registry_busy);
}

TEST(Difference, NewlinesAreLostByOldDockersAlone) {
  Facts facts;
  for (const auto* lost : {"20.10.24+dfsg1", "20.10.24"}) {
    facts.major_version = major_version(parse(R"({"Version":")" + std::string(lost) + "\"}"));
    EXPECT_TRUE(loses_newlines(facts)) << lost;
  }
  for (const auto* kept : {"23.0.0", "dev", ""}) {
    facts.major_version = major_version(parse(R"({"Version":")" + std::string(kept) + "\"}"));
    EXPECT_FALSE(loses_newlines(facts)) << kept;
  }
  facts.kind = Kind::podman;
  facts.major_version = 4;
  EXPECT_FALSE(loses_newlines(facts));
}

TEST(Difference, TheDriverThatKeepsBytes) {
  const auto docker = data::to_json(log_config(Kind::docker, 1000));
  EXPECT_THAT(docker, HasSubstr(R"("Type":"local")"));
  EXPECT_THAT(docker, HasSubstr(R"("max-size":"1076576","max-file":"2")"))
      << "two files, one for each stream's empty lines";
  const auto podman = data::to_json(log_config(Kind::podman, 1000));
  EXPECT_THAT(podman, HasSubstr(R"("Type":"k8s-file")"));
  EXPECT_THAT(podman, HasSubstr(R"("max-size":"1144576")")) << "two streams, each byte behind a head of its own";
  EXPECT_THAT(podman, Not(HasSubstr("max-file")));
}

TEST(Difference, AnInitThatIsNotInstalled) {
  EXPECT_FALSE(init_probe(Kind::docker));
  EXPECT_TRUE(init_probe(Kind::podman)->libpod);
  EXPECT_TRUE(is_missing_init(answer(
      500,
      "container-init binary not found on the host: stat /usr/libexec/podman/catatonit: no such file or directory")));
  EXPECT_FALSE(is_missing_init(answer(500, "no command or entrypoint provided, and no CMD or ENTRYPOINT from image")));
}

TEST(Difference, APodmanThatIsTooOld) {
  Facts facts;
  facts.kind = Kind::podman;
  EXPECT_FALSE(refusal_of_kind(facts, parse(R"({"Version":"4.3.1"})")));
  EXPECT_FALSE(refusal_of_kind(facts, parse(R"({"Version":"5.0.0-dev"})")));
  EXPECT_THAT(refusal_of_kind(facts, parse(R"({"Version":"3.4.4"})")).value_or(""), HasSubstr("4.0"));
  facts.kind = Kind::docker;
  EXPECT_FALSE(refusal_of_kind(facts, parse(R"({"Version":"20.10.24"})")));
}

// Messages of Docker 20.10 and Podman 4.3, each caused by what a job left in its container.
TEST(Differences, WhatAJobLeavesUnreadableIsKnownByItsWords) {
  const auto is_unreadable = [](long status, const std::string& words) {
    return is_unreadable_path({status, R"({"message":")" + words + R"("})"});
  };
  for (const auto* words :
       {"evalSymlinksInScope: too many links in /work/job/loop", "lstat /etc/passwd/x: not a directory",
        "lstat /work/job/xxx: file name too long", "SecureJoin /work/loop/: too many levels of symbolic links",
        "determining run uid: user: unknown user error looking up user \\\"root\\\""}) {
    EXPECT_TRUE(is_unreadable(500, words)) << words;
  }
  EXPECT_TRUE(is_unreadable(400, "whatever"));
  EXPECT_FALSE(is_unreadable(500, "no such container"));
  EXPECT_FALSE(is_unreadable(503, "not a directory"));
  EXPECT_TRUE(is_unknown_user({500, R"({"message":"unable to find user x: no matching entries in passwd file"})"}));
}

TEST(Differences, ALimitThatTheEngineCannotGiveIsKnownByItsWords) {
  EXPECT_EQ(
      refused_rlimit("error setting rlimits for ready process: error setting rlimit type 6: operation not permitted"),
      "nproc");
  EXPECT_EQ(refused_rlimit("setrlimit `RLIMIT_NPROC`: Operation not permitted"), "nproc");
  EXPECT_EQ(refused_rlimit("error setting rlimit type 7: operation not permitted: unknown"), "nofile");
  EXPECT_EQ(refused_rlimit("network n not found"), "");
}

}  // namespace
}  // namespace docker
