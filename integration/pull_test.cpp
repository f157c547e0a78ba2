// Pulls from real registries on loopback: integration/with-registry says what is in them.
#include <algorithm>
#include <cstdlib>

#include "engine_fixture.h"

namespace docker::testing {
namespace {

using executor::EndCause;
using executor::RunState;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Pull : public EngineFixture {
 protected:
  Pull() { options.pull = PullPolicy::missing; }
  ~Pull() override {
    for (const auto& image : pulled_) {
      release_all();
      bench().raw.call("DELETE", "/images/" + image.name() + ":" + image.tag);
    }
  }
  void SetUp() override {
    ASSERT_NE(std::getenv("DUWS_TEST_REGISTRY"), nullptr) << "to be run by integration/with-registry";
  }

  static std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  }
  task::ImageReference image_of(const std::string& registry, const std::string& name) {
    pulled_.push_back({registry, name, "test", ""});
    return pulled_.back();
  }
  task::ImageReference open_image(const std::string& name) { return image_of(variable("DUWS_TEST_REGISTRY"), name); }
  task::ImageReference locked_image() { return image_of(variable("DUWS_TEST_REGISTRY_LOCKED"), "busybox"); }
  void log_in(const std::string& password) {
    options.registries = {{variable("DUWS_TEST_REGISTRY_LOCKED"), variable("DUWS_TEST_REGISTRY_USER"), password}};
  }

  executor::Ended refused(const executor::RunSpec& made) {
    const auto status = submit(made);
    EXPECT_TRUE(status.ended);
    return status.ended.value_or(executor::Ended{});
  }

 private:
  std::vector<task::ImageReference> pulled_;
};

TEST_F(Pull, BringsAnImageOnceForTwoRunsWithProgressAndDigest) {
  const auto image = open_image("large");
  const auto one = spec(image);
  auto first = start_submit(one);
  auto second = start_submit(spec(image));
  std::vector<int> shown;
  while (first.wait_for(std::chrono::milliseconds{2}) != std::future_status::ready) {
    const auto status = inspect(one.id);
    if (status.state == RunState::preparing && status.progress.percent) shown.push_back(*status.progress.percent);
  }
  EXPECT_TRUE(std::is_sorted(shown.begin(), shown.end()));
  EXPECT_EQ(shown.empty(), is_podman()) << "Podman tells of no bytes";
  const auto status = first.get();
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(status->state, RunState::running);
  EXPECT_THAT(status->image_digest, StartsWith("sha256:"));
  const auto other = second.get();
  ASSERT_TRUE(other.ok()) << other.error().message;
  // An engine may answer whether it is there only after the other one's pull.
  EXPECT_TRUE(status->steps.contains("pulled") || other->steps.contains("pulled"));

  auto pinned = image;
  pinned.tag.clear();
  pinned.digest = status->image_digest;
  const auto facts = ask<executor::ImageFacts>(
      [=](executor::Engine& engine, executor::Callback<executor::ImageFacts> done) { engine.image(pinned, done); });
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  EXPECT_EQ(facts->digest, pinned.digest);
  EXPECT_EQ(submit(spec(pinned)).image_digest, pinned.digest);
}

TEST_F(Pull, ADigestThatIsNotHereIsPulled) {
  const auto image = open_image("large");
  const auto digest = submit(spec(image)).image_digest;
  release_all();
  ASSERT_EQ(bench().raw.call("DELETE", "/images/" + image.name() + ":" + image.tag).status, 200);
  auto pinned = image;
  pinned.tag.clear();
  pinned.digest = digest;
  const auto status = submit(spec(pinned));
  EXPECT_TRUE(status.steps.contains("pulled"));
  EXPECT_EQ(status.image_digest, digest);
  release_all();
  bench().raw.call("DELETE", "/images/" + image.name() + "@" + digest);
}

TEST_F(Pull, AlwaysAsksTheRegistryAndFallsBackToWhatIsHere) {
  options.pull = PullPolicy::always;
  const auto image = open_image("busybox");
  EXPECT_TRUE(submit(spec(image)).steps.contains("pulled"));
  const auto again = submit(spec(image));
  EXPECT_TRUE(again.steps.contains("pulled"));
  EXPECT_TRUE(again.notes.empty());

  const task::ImageReference nowhere{"127.0.0.1:9", "busybox", "test", ""};
  ASSERT_EQ(
      bench().raw.call("POST", "/images/" + image.name() + ":test/tag?repo=" + nowhere.name() + "&tag=test").status,
      201);
  const auto status = submit(spec(nowhere));
  EXPECT_EQ(status.state, RunState::running);
  ASSERT_EQ(status.notes.size(), 1U);
  EXPECT_THAT(status.notes.front(), HasSubstr("connection refused"));
  const auto shown = inspect(status.id);
  EXPECT_EQ(shown.notes, status.notes) << "the container carries it";
  release_all();
  bench().raw.call("DELETE", "/images/" + nowhere.name() + ":test");
}

TEST_F(Pull, AMissingTagAMissingNameAndAMissingDigest) {
  auto image = open_image("busybox");
  image.tag = "v2";
  EXPECT_EQ(refused(spec(image)).cause, EndCause::image_missing);
  image.repository = "nosuch";
  EXPECT_EQ(refused(spec(image)).cause, EndCause::image_missing);
  image.tag.clear();
  image.digest = "sha256:" + std::string(64, '1');
  EXPECT_EQ(refused(spec(image)).cause, EndCause::image_missing);
}

TEST_F(Pull, WithoutCredentialsItIsDenied) { EXPECT_EQ(refused(spec(locked_image())).cause, EndCause::image_denied); }

TEST_F(Pull, WithWrongCredentialsItIsDenied) {
  log_in("wrong");
  EXPECT_EQ(refused(spec(locked_image())).cause, EndCause::image_denied);
}

TEST_F(Pull, TheConfiguredCredentialsAreUsed) {
  log_in(variable("DUWS_TEST_REGISTRY_PASSWORD"));
  EXPECT_TRUE(submit(spec(locked_image())).steps.contains("pulled"));
}

TEST_F(Pull, ARegistryThatIsNotThere) {
  const auto ended = refused(spec({"127.0.0.1:9", "busybox", "test", ""}));
  EXPECT_EQ(ended.cause, EndCause::registry_unreachable);
  EXPECT_THAT(ended.detail, HasSubstr("connection refused"));
}

}  // namespace
}  // namespace docker::testing
