#include "docker/images/pull.h"

#include "harness.h"

namespace docker::testing {
namespace {

using executor::EndCause;
using executor::RunState;
using ::testing::HasSubstr;

constexpr auto image = "GET /images/docker.io/library/busybox:test/json";

class Pull : public Harness {
 protected:
  Pull() {
    let_runs_start();
    forget_image();
  }
  void forget_image() { scripted.on(image, json(404, R"({"message":"No such image: busybox:test"})")); }
  void has_image() { scripted.on(image, json(200, R"({"Id":"sha256:1d","Os":"linux","Architecture":"amd64"})")); }
  executor::RunEnd end_of_submit() {
    const auto status = submit(spec());
    EXPECT_TRUE(status.ok() && status->ended);
    return status.ok() && status->ended ? *status->ended : executor::RunEnd{};
  }
};

TEST_F(Pull, BringsTheImageAndShowsItsProgress) {
  auto& go_on = kept<std::promise<void>>();
  scripted.on("POST /images/create", [&](const Asked&) {
    return streamed([&](Stream& stream) {
      stream.send(R"({"status":"Pulling from library/busybox","id":"test"})"
                  "\r\n");
      stream.send(R"({"status":"Downloading","id":"l1","progressDetail":{"current":50,"total":100}})"
                  "\r\n{\"status\":\"Extr");
      stream.send(R"(acting","id":"l2","progressDetail":{"current":100,"total":100}})"
                  "\r\n");
      go_on.get_future().wait();
      has_image();
      stream.send(R"({"status":"Pull complete","id":"l1"})"
                  "\r\n");
    });
  });
  auto answer = start_submit(spec());
  executor::RunStatus shown;
  EXPECT_TRUE(until([&] {
    shown = inspect(spec().id);
    return shown.progress.percent == 62;
  })) << shown.progress.percent.value_or(-1);
  EXPECT_EQ(shown.state, RunState::preparing);
  EXPECT_EQ(shown.progress.message, "pulling docker.io/library/busybox:test");
  go_on.set_value();
  const auto status = wait(answer);
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(status->state, RunState::running);
  EXPECT_TRUE(status->steps.contains("pulled"));
  EXPECT_EQ(scripted.last("POST /images/create").query, "fromImage=docker.io%2Flibrary%2Fbusybox&tag=test");
}

TEST_F(Pull, IsSharedByAllThatWaitForTheSameImage) {
  auto& reached = kept<std::promise<void>>();
  auto& go_on = kept<std::promise<void>>();
  scripted.on("POST /images/create", [&](const Asked&) {
    return streamed([&](Stream&) {
      reached.set_value();
      go_on.get_future().wait();
      has_image();
    });
  });
  auto first = start_submit(spec("a"));
  auto second = start_submit(spec("b"));
  auto unwanted = start_submit(spec("c"));
  reached.get_future().wait();
  EXPECT_TRUE(until([&] {
    const auto statuses = inspect_all({spec("a").id, spec("b").id, spec("c").id});
    return std::all_of(statuses->begin(), statuses->end(),
                       [](const auto& status) { return status.progress.message.starts_with("pulling"); });
  }));
  EXPECT_TRUE(cancel(spec("c").id).ok());
  EXPECT_EQ(wait(unwanted)->state, RunState::ended) << "the others' pull goes on";
  go_on.set_value();
  EXPECT_EQ(wait(first)->state, RunState::running);
  EXPECT_EQ(wait(second)->state, RunState::running);
  EXPECT_EQ(scripted.count("POST /images/create"), 1U);
}

TEST_F(Pull, ThatNobodyWaitsForEnds) {
  auto& reached = kept<std::promise<void>>();
  auto& ended = kept<std::promise<void>>();
  scripted.on("POST /images/create", [&](const Asked&) {
    return streamed([&](Stream& stream) {
      reached.set_value();
      stream.wait_for_end();
      ended.set_value();
    });
  });
  auto answer = start_submit(spec());
  reached.get_future().wait();
  ASSERT_TRUE(until([&] { return inspect(spec().id).progress.message.starts_with("pulling"); }));
  EXPECT_TRUE(cancel(spec().id).ok());
  EXPECT_EQ(wait(answer)->state, RunState::ended);
  EXPECT_EQ(ended.get_future().wait_for(std::chrono::seconds{20}), std::future_status::ready);
}

TEST_F(Pull, FailuresInTheStreamAreFailures) {
  scripted.on("POST /images/create", streamed([](Stream& stream) {
                stream.send(
                    "{\"status\":\"Pulling\"}\r\n{\"errorDetail\":{\"message\":\"toomanyrequests: slow down\"},"
                    "\"error\":\"toomanyrequests: slow down\"}");
              }));
  const auto ended = end_of_submit();
  EXPECT_EQ(ended.cause, EndCause::registry_busy);
  EXPECT_EQ(ended.detail, "toomanyrequests: slow down");
}

TEST_F(Pull, FailuresBeforeTheStreamAreFailures) {
  scripted.on("POST /images/create",
              json(404, R"({"message":"manifest for busybox:test not found: manifest unknown"})"));
  EXPECT_EQ(end_of_submit().cause, EndCause::image_missing);
}

TEST_F(Pull, WrongCredentialsAreDenied) {
  scripted.on("POST /images/create", json(500, R"({"message":"unauthorized: authentication required"})"));
  EXPECT_EQ(end_of_submit().cause, EndCause::image_denied);
}

TEST_F(Pull, AStreamWithoutAnImageAtItsEndIsMissing) {
  scripted.on("POST /images/create", json(200, "{}"));
  EXPECT_EQ(end_of_submit().cause, EndCause::image_missing);
}

TEST_F(Pull, AnEngineThatGoesAwayDuringItIsAnError) {
  scripted.on("POST /images/create",
              streamed([](Stream& stream) { stream.send("{\"status\":\"Pulling\"}\r\n"); }, true));
  const auto status = submit(spec());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, util::ErrorCode::unavailable);
}

TEST_F(Pull, MayBeAskedForBeforeEachRun) {
  options.pull = PullPolicy::always;
  has_image();
  scripted.on("POST /images/create", json(200, "{}"));
  const auto status = submit(spec());
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(status->state, RunState::running);
  EXPECT_TRUE(status->steps.contains("pulled"));
  EXPECT_TRUE(status->notes.empty());
  EXPECT_TRUE(submit(spec("other")).ok());
  EXPECT_EQ(scripted.count("POST /images/create"), 2U);

  auto pinned = spec("pinned");
  pinned.image.tag.clear();
  pinned.image.digest = "sha256:" + std::string(64, 'a');
  scripted.on("GET /images/docker.io/library/busybox@" + pinned.image.digest + "/json",
              json(200, R"({"Id":"sha256:1d","Os":"linux","Architecture":"amd64"})"));
  EXPECT_TRUE(submit(pinned).ok());
  EXPECT_EQ(scripted.count("POST /images/create"), 2U) << "a digest never moves";
}

TEST_F(Pull, WhereItCannotBeRenewedWhatIsHereIsUsedAndToldOf) {
  options.pull = PullPolicy::always;
  has_image();
  scripted.on("POST /images/create", json(500, R"({"message":"dial tcp: connection refused"})"));
  const auto status = submit(spec());
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(status->state, RunState::running);
  ASSERT_EQ(status->notes.size(), 1U);
  EXPECT_THAT(status->notes.front(), HasSubstr("its registry did not give the image docker.io/library/busybox:test"));
  EXPECT_THAT(status->notes.front(), HasSubstr("connection refused"));
  EXPECT_THAT(scripted.last("POST /containers/create").body, HasSubstr("org.docker-uws.note")) << "for a restart";

  forget_image();
  const auto ended = submit(spec("other"));
  ASSERT_TRUE(ended.ok() && ended->ended);
  EXPECT_EQ(ended->ended->cause, EndCause::registry_unreachable);
}

TEST_F(Pull, MayBeForbidden) {
  options.pull = PullPolicy::never;
  const auto ended = end_of_submit();
  EXPECT_EQ(ended.cause, EndCause::image_missing);
  EXPECT_THAT(ended.detail, HasSubstr("configured not to pull"));
  EXPECT_EQ(scripted.count("POST /images/create"), 0U);
}

TEST_F(Pull, CredentialsGoToTheirRegistryOnly) {
  options.registries = {{"docker.io", "astro", "se?cr>et"}, {"other.example", "x", "y"}};
  scripted.on("POST /images/create", json(404, "{}"));
  end_of_submit();
  EXPECT_EQ(scripted.last("POST /images/create").headers.at("x-registry-auth"),
            "eyJ1c2VybmFtZSI6ImFzdHJvIiwicGFzc3dvcmQiOiJzZT9jcj5ldCIsInNlcnZlcmFkZHJlc3MiOiJkb2NrZXIuaW8ifQ==");
  auto other = spec("b");
  other.image = {"third.example", "a", "b", ""};
  ASSERT_TRUE(submit(other).ok());
  EXPECT_FALSE(scripted.last("POST /images/create").headers.contains("x-registry-auth"));
}

TEST_F(Pull, ADigestThatIsALoadedImagesIdNeedsNone) {
  auto made = spec();
  made.image.tag.clear();
  made.image.digest = "sha256:" + std::string(64, 'a');
  scripted.on("GET /images/" + made.image.digest + "/json",
              json(200, R"({"Id":")" + made.image.digest +
                            R"(","RepoTags":["busybox:test"],"Os":"linux","Architecture":"amd64"})"));
  const auto status = submit(made);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->state, RunState::running);
  EXPECT_EQ(status->image_digest, made.image.digest);
  EXPECT_EQ(scripted.count("POST /images/create"), 0U);
}

TEST(PullState, NeverGoesBackAndSurvivesNonsense) {
  PullState state;
  const auto take = [&](const std::string& text) { state.take(*data::parse_json(text)); };
  take(R"({"status":"Downloading","id":"a","progressDetail":{"current":100,"total":100}})");
  EXPECT_EQ(state.percent(), 50);
  take(R"({"status":"Downloading","id":"b","progressDetail":{"current":0,"total":900}})");
  EXPECT_EQ(state.percent(), 50);
  take(R"({"status":"Downloading","id":"b","progressDetail":{"current":99999,"total":900}})");
  take(R"({"status":"Downloading","id":"c","progressDetail":{"current":-5,"total":-7}})");
  take(R"({"status":7,"id":{},"progressDetail":"x"})");
  take(R"({"status":"Extracting","id":"a","progressDetail":{"current":100,"total":100}})");
  EXPECT_EQ(state.percent(), 55);
  for (int i = 0; i < 3000; ++i) {
    take(R"({"status":"Downloading","id":"x)" + std::to_string(i) + R"(","progressDetail":{"current":1,"total":1}})");
  }
  take(R"({"status":"Pull complete","id":"a"})");
  take(R"({"status":"Pull complete","id":"b"})");
  EXPECT_LE(state.percent(), 100);
  EXPECT_FALSE(state.error());
}

}  // namespace
}  // namespace docker::testing
