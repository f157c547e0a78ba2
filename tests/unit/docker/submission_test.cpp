#include "docker/runs/submission.h"

#include "fakes/tar_builder.h"
#include "harness.h"
#include "input_of_bytes.h"

namespace docker::testing {
namespace {

using executor::EndCause;
using executor::RunState;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Submit = Harness;

TEST_F(Submit, MakesAsFewCallsAsItCan) {
  let_runs_start();
  const auto status = submit(spec());
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(status->state, RunState::running);
  EXPECT_TRUE(status->started_at);
  EXPECT_EQ(status->image_digest, "sha256:1d");
  EXPECT_TRUE(status->steps.contains("created") && status->steps.contains("staged") &&
              status->steps.contains("started"));
  const std::vector<std::string> calls{"GET /images/docker.io/library/busybox:test/json",
                                       "POST /volumes/create",
                                       "POST /containers/create",
                                       "GET " + container_path + "/archive",
                                       "PUT " + container_path + "/archive",
                                       "POST " + container_path + "/start"};
  EXPECT_EQ(scripted.calls(), calls);
  EXPECT_EQ(scripted.last("POST /containers/create").query, "name=" + container_name);
  // For the second run the client does not request the engine's description and version again.
  ASSERT_TRUE(submit(spec("other")).ok());
  EXPECT_EQ(scripted.count("GET /info"), 1U);
  EXPECT_EQ(scripted.count("GET /_ping"), 1U);
  EXPECT_EQ(scripted.count("GET /containers/duws-inst-other-1/archive"), 0U) << "the image is known";
}

TEST_F(Submit, AskedTwiceAtOnceMakesOneContainer) {
  let_runs_start();
  auto first = start_submit(spec());
  auto second = start_submit(spec());
  EXPECT_EQ(wait(first)->state, RunState::running);
  EXPECT_EQ(wait(second)->state, RunState::running);
  EXPECT_EQ(scripted.count("POST /containers/create"), 1U);
  EXPECT_EQ(scripted.count("POST " + container_path + "/start"), 1U);
}

// A container with that name exists already.

TEST_F(Submit, GoesOnWithAContainerThatWasOnlyCreated) {
  let_runs_start();
  scripted.on("POST /containers/create", json(409, R"({"message":"Conflict. The container name is already in use"})"));
  scripted.on("GET " + container_path + "/json", json(200, container(R"("Status":"created","ExitCode":0,"Error":"")")));
  EXPECT_EQ(submit(spec())->state, RunState::running);
  EXPECT_EQ(scripted.count("PUT " + container_path + "/archive"), 1U);
  EXPECT_EQ(scripted.count("POST " + container_path + "/start"), 1U);
}

TEST_F(Submit, TakesOverWhatRunsAndWhatHasEnded) {
  let_runs_start();
  // Podman says it with status 500.
  scripted.on("POST /containers/create", json(500, R"({"message":"the container name is already in use"})"));
  scripted.on("GET " + container_path + "/json",
              json(200, container(R"("Status":"running","StartedAt":"2026-11-20T23:14:15Z")")));
  EXPECT_EQ(submit(spec())->state, RunState::running);
  scripted.on("GET " + container_path + "/json",
              json(200, container(R"("Status":"exited","ExitCode":4,"StartedAt":"2026-11-20T23:14:15Z")")));
  const auto status = submit(spec());
  EXPECT_EQ(status->state, RunState::ended);
  EXPECT_EQ(status->ended->exit_code, 4);
  EXPECT_EQ(scripted.count("POST " + container_path + "/start"), 0U);
  EXPECT_EQ(scripted.count("PUT " + container_path + "/archive"), 0U);
}

TEST_F(Submit, LeavesAContainerOfSomebodyElseAlone) {
  let_runs_start();
  scripted.on("POST /containers/create", json(409, "{}"));
  scripted.on("GET " + container_path + "/json", json(200, R"({"State":{"Status":"created"},"Config":{"Labels":{}}})"));
  const auto status = submit(spec());
  ASSERT_TRUE(status.ok() && status->ended);
  EXPECT_EQ(status->ended->cause, EndCause::start_refused);
  EXPECT_THAT(status->ended->detail, HasSubstr("not ours"));
  EXPECT_EQ(scripted.count("POST " + container_path + "/start"), 0U);
}

// If the engine refuses a run, this is the end of the run. inspect() shows that end until the run is released.

TEST_F(Submit, EveryRefusalIsAnEndWithTheEnginesWords) {
  struct Case {
    std::string what;
    Reply reply;
    EndCause cause;
    std::string words;
  };
  const Case cases[] = {
      {"POST /volumes/create", json(500, R"({"message":"no space left on device"})"), EndCause::no_space, "no space"},
      {"POST /containers/create", json(400, R"({"message":"Minimum memory limit allowed is 6MB"})"),
       EndCause::start_refused, "6MB"},
      {"POST /containers/create", json(404, R"({"message":"No such image: busybox:test"})"), EndCause::image_missing,
       "No such image"},
      {"PUT " + container_path + "/archive", json(500, R"({"message":"container rootfs is marked read-only"})"),
       EndCause::input_failed, "read-only"},
      {"POST " + container_path + "/start",
       json(400, R"({"message":"exec: \"x\": executable file not found in $PATH"})"), EndCause::command_missing,
       "not found"},
      {"POST " + container_path + "/start", json(404, R"({"message":"network n not found"})"), EndCause::start_refused,
       "network n not found"},
      {"POST " + container_path + "/start", json(500, R"({"message":"driver failed: port is already allocated"})"),
       EndCause::port_taken, "already allocated"},
  };
  int number = 0;
  for (const auto& [what, reply, cause, words] : cases) {
    let_runs_start();
    scripted.on("PUT " + container_path + "/archive", json(200, ""));
    scripted.on("POST " + container_path + "/start", json(204, ""));
    scripted.on("GET " + container_path + "/json",
                json(200, container(R"("Status":"created","ExitCode":0,"Error":"")")));
    scripted.on(what, reply);
    const auto status = submit(spec());
    ASSERT_TRUE(status.ok() && status->ended) << what << " " << words;
    EXPECT_EQ(status->ended->cause, cause) << words;
    EXPECT_THAT(status->ended->detail, HasSubstr(words));
    const auto later = inspect(spec().id);
    ASSERT_EQ(later.state, RunState::ended) << words;
    EXPECT_EQ(later.ended->cause, cause);
    scripted.on("DELETE /containers/*", json(204, ""));
    scripted.on("DELETE /volumes/*", json(204, ""));
    ASSERT_TRUE(release(spec().id).ok());
    EXPECT_EQ(inspect(spec().id).state, RunState::absent);
    ++number;
  }
  EXPECT_EQ(scripted.count("POST " + container_path + "/start"), 2U + 3U) << "a taken port is tried again";
}

TEST_F(Submit, ATakenPortIsTriedAgain) {
  let_runs_start();
  int tries = 0;
  scripted.on("POST " + container_path + "/start", [&](const Asked&) {
    return ++tries == 1 ? json(500, R"({"message":"listen tcp 127.0.0.1:32768: bind: address already in use"})")
                        : json(204, "");
  });
  EXPECT_EQ(submit(spec())->state, RunState::running);
  EXPECT_EQ(tries, 2);
}

// An internal error of the engine is not yet a refusal: the request is repeated.

TEST_F(Submit, AFailureOfTheEngineIsAskedAboutAgain) {
  for (const auto& what : {std::string("POST /volumes/create"), std::string("POST /containers/create"),
                           "PUT " + container_path + "/archive", "POST " + container_path + "/start"}) {
    let_runs_start();
    scripted.on("PUT " + container_path + "/archive", json(200, ""));
    scripted.on("POST " + container_path + "/start", json(204, ""));
    scripted.on("GET " + container_path + "/json",
                json(200, container(R"("Status":"created","ExitCode":0,"Error":"")")));
    int tries = 0;
    scripted.on(what, [&tries](const Asked&) { return ++tries < 3 ? json(500, "{}") : json(201, "{}"); });
    const auto status = submit(spec());
    ASSERT_TRUE(status.ok()) << what;
    EXPECT_EQ(status->state, RunState::running) << what;
    EXPECT_EQ(tries, 3) << what;
  }
}

TEST_F(Submit, AStartThatWasDoneCountsWhateverTheEngineSaid) {
  let_runs_start();
  scripted.on("POST " + container_path + "/start", json(500, R"({"message":"context deadline exceeded"})"));
  scripted.on("GET " + container_path + "/json",
              json(200, container(R"("Status":"running","StartedAt":"2026-11-20T23:14:15Z")")));
  EXPECT_EQ(submit(spec())->state, RunState::running);
  EXPECT_EQ(scripted.count("POST " + container_path + "/start"), 1U);
}

TEST_F(Submit, AnEngineThatCannotLimitRunsNothing) {
  let_runs_start();
  scripted.on("GET /info", json(200, R"({"NCPU":2,"MemTotal":1000,"MemoryLimit":false})"));
  const auto status = submit(spec());
  ASSERT_TRUE(status.ok() && status->ended);
  EXPECT_EQ(status->ended->cause, EndCause::start_refused);
  EXPECT_THAT(status->ended->detail, HasSubstr("memory"));
  EXPECT_THAT(scripted.calls(), ElementsAre());
}

TEST_F(Submit, AnImageOfAnotherMachineIsRefused) {
  let_runs_start();
  scripted.on("GET /images/docker.io/library/busybox:test/json",
              json(200, R"({"Id":"sha256:1d","Os":"linux","Architecture":"s390x"})"));
  const auto status = submit(spec());
  EXPECT_EQ(status->ended->cause, EndCause::image_platform);
  EXPECT_THAT(status->ended->detail, AllOf(HasSubstr("s390x"), HasSubstr("amd64")));
}

// If the engine does not answer, submit() returns an error, and the run may be submitted again.

TEST_F(Submit, AnEngineThatGoesAwayIsAnErrorAndMayBeAskedAgain) {
  for (const auto& what : {std::string("GET /images/docker.io/library/busybox:test/json"),
                           std::string("POST /volumes/create"), std::string("POST /containers/create"),
                           "PUT " + container_path + "/archive", "POST " + container_path + "/start"}) {
    let_runs_start();
    scripted.on("PUT " + container_path + "/archive", json(200, ""));
    scripted.on("POST " + container_path + "/start", json(204, ""));
    scripted.on(what, silence());
    const auto status = submit(spec());
    ASSERT_FALSE(status.ok()) << what;
    EXPECT_EQ(status.error().code, util::ErrorCode::unavailable) << what;
    EXPECT_EQ(inspect(spec().id).state, RunState::absent) << what;
  }
  let_runs_start();
  scripted.on("POST " + container_path + "/start", json(204, ""));
  EXPECT_EQ(submit(spec())->state, RunState::running);
}

TEST_F(Submit, AnEngineThatIsShuttingDownDidNotAnswer) {
  let_runs_start();
  scripted.on("POST /containers/create", json(503, R"({"message":"shutting down"})"));
  const auto status = submit(spec());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, util::ErrorCode::unavailable);
}

// The user of the container.

TEST_F(Submit, RootIsReplacedAndOthersAreKept) {
  let_runs_start("root");
  ASSERT_TRUE(submit(spec()).ok());
  EXPECT_THAT(scripted.last("POST /containers/create").body, HasSubstr(R"("User":"10000:10000")"));
  let_runs_start("1234:5");
  ASSERT_TRUE(submit(spec()).ok());
  EXPECT_THAT(scripted.last("POST /containers/create").body, Not(HasSubstr(R"("User")")));
  // The uid of the run's folder in the header of the tar archive, in octal.
  EXPECT_EQ(scripted.last("PUT " + container_path + "/archive").body.substr(108, 8), std::string("0002322\0", 8));
}

TEST_F(Submit, AUsersNameIsLookedUpInTheImage) {
  let_runs_start("astro");
  const auto passwd = fakes::TarBuilder().file("passwd", "root:x:0:0:::\nastro:x:1234:5:::\ntoor:x:0:0:::\n").closed();
  for (const auto* job : {"job", "b", "c"}) {
    scripted.on("GET /containers/duws-inst-" + std::string(job) + "-1/archive", json(200, passwd));
  }
  EXPECT_EQ(submit(spec())->state, RunState::running);
  EXPECT_EQ(scripted.last("GET " + container_path + "/archive").query, "path=%2Fetc%2Fpasswd");
  EXPECT_EQ(scripted.last("PUT " + container_path + "/archive").body.substr(108, 8), std::string("0002322\0", 8));

  let_runs_start("toor");
  EXPECT_THAT(submit(spec("b"))->ended->detail, HasSubstr("is root"));
  let_runs_start("nobody");
  EXPECT_THAT(submit(spec("c"))->ended->detail, HasSubstr("not in its /etc/passwd"));
  scripted.on("GET /containers/duws-inst-d-1/archive", json(404, R"({"message":"Could not find the file"})"));
  EXPECT_THAT(submit(spec("d"))->ended->detail, HasSubstr("not in its /etc/passwd"));
}

std::string passwd_of(const std::string& text) { return fakes::TarBuilder().file("passwd", text).closed(); }

TEST_F(Submit, AUserThatTheImageDoesNotKnowIsAdded) {
  let_runs_start();
  scripted.on("GET " + container_path + "/archive", json(200, passwd_of("root:x:0:0:::")));
  ASSERT_TRUE(submit(spec()).ok());
  EXPECT_THAT(scripted.last("PUT " + container_path + "/archive").body,
              AllOf(HasSubstr("etc/passwd"), HasSubstr("root:x:0:0:::\nduws:x:10000:10000::/work/job:/bin/sh\n")));
  EXPECT_THAT(scripted.last("POST /containers/create").body, HasSubstr(R"("USER=duws","LOGNAME=duws")"));
  EXPECT_EQ(scripted.count("POST /containers/create"), 1U);
}

TEST_F(Submit, AUserThatTheImageKnowsByNumberHasItsName) {
  let_runs_start("1234:5");
  const auto passwd = passwd_of("root:x:0:0:::\nastro:x:1234:5:::\n");
  for (const auto* job : {"job", "b"}) {
    const auto container = "/containers/duws-inst-" + std::string(job) + "-1";
    scripted.on("GET " + container + "/archive", json(200, passwd));
    scripted.on("DELETE " + container, json(204, ""));
    ASSERT_EQ(submit(spec(job))->state, RunState::running);
    EXPECT_THAT(scripted.last("POST /containers/create").body, HasSubstr(R"("USER=astro","LOGNAME=astro")"));
    EXPECT_THAT(scripted.last("PUT " + container + "/archive").body, Not(HasSubstr("etc/passwd")));
  }
  EXPECT_EQ(scripted.count("POST /containers/create"), 3U) << "made again once, as only then the image is known";
}

TEST_F(Submit, APasswdBehindLinksIsFound) {
  let_runs_start("astro");
  scripted.on("GET " + container_path + "/archive", [](const Asked& asked) {
    if (asked.query == "path=%2Fetc%2Fpasswd") {
      return json(200, fakes::TarBuilder().link("passwd", "../usr/passwd").closed());
    }
    if (asked.query == "path=%2Fetc%2F..%2Fusr%2Fpasswd") {
      return json(200, fakes::TarBuilder().link("passwd", "/store/users").closed());
    }
    EXPECT_EQ(asked.query, "path=%2Fstore%2Fusers");
    return json(200, fakes::TarBuilder().file("users", "astro:x:1234:5:::\n").closed());
  });
  EXPECT_EQ(submit(spec())->state, RunState::running);
  EXPECT_EQ(scripted.last("PUT " + container_path + "/archive").body.substr(108, 8), std::string("0002322\0", 8));
}

TEST_F(Submit, APasswdBehindACircleOfLinksIsNone) {
  let_runs_start("astro");
  scripted.on("GET " + container_path + "/archive", json(200, fakes::TarBuilder().link("passwd", "passwd").closed()));
  EXPECT_THAT(submit(spec())->ended->detail, HasSubstr("not in its /etc/passwd"));
  EXPECT_LE(scripted.count("GET " + container_path + "/archive"), 9U);
}

TEST_F(Submit, TheImagesVolumesBelongToTheRunsUser) {
  let_runs_start();
  scripted.on("GET /images/docker.io/library/busybox:test/json",
              json(200, R"({"Id":"sha256:1d","Os":"linux","Architecture":"amd64","Config":{"Env":["USER=jovyan"],
                           "Volumes":{"/results/":{},"/work":{},"/work/job":{},"/work/x":{},"/archive/raw":{},"/a/../b":{},"/":{}}}})"));
  scripted.on("GET /volumes/observatory", json(200, R"({"Name":"observatory"})"));
  auto made = spec();
  made.mounts = {{"observatory", false, "/archive", true}};
  ASSERT_EQ(submit(made)->state, RunState::running);
  const auto body = scripted.last("PUT " + container_path + "/archive").body;
  EXPECT_THAT(body, AllOf(HasSubstr("results"), HasSubstr("work/x/")));
  for (const auto* other : {"archive", ".."}) EXPECT_THAT(body, Not(HasSubstr(other)));
  EXPECT_THAT(scripted.last("POST /containers/create").body, AllOf(Not(HasSubstr("USER=")), HasSubstr("LOGNAME=duws")));
}

// Cancelling and releasing a run that is still being submitted.

TEST_F(Submit, CancelledWhileItIsStagedItIsCutOffAndNeverStarted) {
  let_runs_start();
  auto& reached = kept<std::promise<void>>();
  auto& go_on = kept<std::promise<void>>();
  // The handler owns the future, because it may still begin to wait when the test has ended.
  scripted.on("PUT " + container_path + "/archive", [&reached, may_go_on = go_on.get_future().share()](const Asked&) {
    reached.set_value();
    may_go_on.wait();
    return json(200, "");
  });
  auto answer = start_submit(spec());
  reached.get_future().wait();
  EXPECT_EQ(inspect(spec().id).state, RunState::preparing);
  EXPECT_TRUE(cancel(spec().id).ok()) << "while the engine still takes what is staged";
  const auto status = wait(answer);
  go_on.set_value();
  ASSERT_TRUE(status.ok() && status->ended);
  EXPECT_THAT(status->ended->detail, HasSubstr("cancelled"));
  EXPECT_EQ(scripted.count("POST " + container_path + "/start"), 0U);
}

// Limits.

TEST_F(Submit, ALimitThatTheEngineCannotGiveIsLowered) {
  let_runs_start();
  std::vector<std::string> asked;
  scripted.on("POST /containers/create", [&](const Asked& create) {
    const auto at = create.body.find(R"("Name":"nproc","Soft":)");
    asked.push_back(create.body.substr(at + 22, create.body.find(',', at + 22) - at - 22));
    return json(201, R"({"Id":"c1"})");
  });
  scripted.on("DELETE " + container_path, json(204, ""));
  scripted.on("POST /containers/*", [&](const Asked&) {
    return std::stoi(asked.back()) > 15000
               ? json(500, R"({"message":"OCI: error setting rlimit type 6: operation not permitted"})")
               : json(204, "");
  });
  EXPECT_EQ(submit(spec())->state, RunState::running);
  EXPECT_THAT(asked, ElementsAre("65536", "32768", "16384", "8192"));
  EXPECT_EQ(scripted.count("DELETE " + container_path), 3U);
  // The next run begins with the limit that worked.
  EXPECT_EQ(submit(spec("other"))->state, RunState::running);
  EXPECT_THAT(asked, ElementsAre("65536", "32768", "16384", "8192", "8192"));
}

TEST_F(Submit, CancelledWhileItStartsItIsStopped) {
  let_runs_start();
  auto& reached = kept<std::promise<void>>();
  auto& go_on = kept<std::promise<void>>();
  scripted.on("POST " + container_path + "/start", [&](const Asked&) {
    reached.set_value();
    go_on.get_future().wait();
    return json(204, "");
  });
  auto answer = start_submit(spec());
  reached.get_future().wait();
  auto cancelled = start<void>([this](executor::Engine& engine, util::Callback<void> done) {
    engine.cancel(spec().id, std::chrono::seconds{1}, done);
  });
  on_loop([] {});
  go_on.set_value();
  EXPECT_EQ(wait(answer)->state, RunState::running);
  EXPECT_TRUE(wait(cancelled).ok());
  EXPECT_EQ(scripted.count("POST " + container_path + "/stop"), 1U);
}

TEST_F(Submit, NobodyWaitsForALargeUpload) {
  options.longest_turn = std::chrono::hours{1};
  let_runs_start();
  auto& go_on = kept<std::promise<void>>();
  scripted.on("PUT /containers/*", [gone_on = go_on.get_future().share()](const Asked& upload) {
    if (upload.body.size() > (1U << 20U)) gone_on.wait();
    return json(200, "");
  });
  auto large = spec("large");
  large.inputs.push_back(input("/work/job/a", std::string(2U << 20U, 'x'), 2U << 20U));
  auto other = large;
  other.id.job = "other";
  auto first = start_submit(large);
  auto second = start_submit(other);
  EXPECT_TRUE(until([this] { return scripted.count("POST /containers/create") == 2; }));
  EXPECT_EQ(submit(spec("small"))->state, RunState::running);
  go_on.set_value();
  EXPECT_EQ(wait(first)->state, RunState::running);
  EXPECT_EQ(wait(second)->state, RunState::running);
}

TEST_F(Submit, ManyAtOnceWaitForOneAnother) {
  options.longest_turn = std::chrono::hours{1};
  scripted.on("GET /info", json(200, R"({"NCPU":2,"MemTotal":8000000000})"));
  let_runs_start();
  auto& go_on = kept<std::promise<void>>();
  const auto gone_on = go_on.get_future().share();
  scripted.on("POST /containers/create", [gone_on](const Asked&) {
    gone_on.wait();
    return json(201, "{}");
  });
  auto first = start_submit(spec("first"));
  auto second = start_submit(spec("second"));
  EXPECT_TRUE(until([this] { return scripted.count("POST /containers/create") == 2; }));
  auto third = start_submit(spec("third"));
  auto unwanted = start_submit(spec("unwanted"));
  EXPECT_TRUE(until([this] { return inspect(spec("unwanted").id).progress.message.starts_with("waiting for other"); }));
  EXPECT_TRUE(cancel(spec("unwanted").id).ok());
  EXPECT_THAT(wait(unwanted)->ended->detail, HasSubstr("cancelled"));
  EXPECT_EQ(scripted.count("POST /volumes/create"), 2U);
  go_on.set_value();
  EXPECT_EQ(wait(first)->state, RunState::running);
  EXPECT_EQ(wait(second)->state, RunState::running);
  EXPECT_EQ(wait(third)->state, RunState::running);
  EXPECT_EQ(scripted.count("POST /containers/create"), 3U);
}

TEST_F(Submit, ReleasedWhileItIsCreatedNothingIsLeft) {
  let_runs_start();
  auto& reached = kept<std::promise<void>>();
  auto& go_on = kept<std::promise<void>>();
  scripted.on("POST /containers/create", [&](const Asked&) {
    reached.set_value();
    go_on.get_future().wait();
    return json(201, "{}");
  });
  scripted.on("GET " + container_path + "/json", json(200, container(R"("Status":"created")")));
  scripted.on("DELETE /containers/*", json(204, ""));
  scripted.on("DELETE /volumes/*", json(204, ""));
  auto answer = start_submit(spec());
  reached.get_future().wait();
  auto released =
      start<void>([this](executor::Engine& engine, util::Callback<void> done) { engine.release(spec().id, done); });
  on_loop([] {});
  EXPECT_EQ(scripted.count("DELETE " + container_path), 0U) << "not before the engine has answered";
  go_on.set_value();
  EXPECT_TRUE(wait(released).ok());
  EXPECT_TRUE(wait(answer).ok());
  EXPECT_EQ(scripted.count("DELETE " + container_path), 1U);
  EXPECT_EQ(scripted.count("DELETE /volumes/" + container_name), 1U);
  EXPECT_EQ(scripted.count("POST " + container_path + "/start"), 0U);
}

}  // namespace
}  // namespace docker::testing
