// Tests what the engine says about itself: its description, its events, its images and disks.
#include "docker/engine.h"

#include <atomic>
#include <future>

#include "docker/api/api.h"
#include "docker/api/events.h"
#include "docker/runs/listing.h"
#include "harness.h"

namespace docker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Describe : public Harness {
 protected:
  util::Result<executor::Description> describe() {
    return ask<executor::Description>(
        [](executor::Engine& engine, util::Callback<executor::Description> done) { engine.describe(done); });
  }
  void speaks(const std::string& version) {
    scripted.on("GET /_ping", Reply{200, "OK", {{"Api-Version", version}}, {}, false, false});
  }
};

TEST_F(Describe, SpeaksTheOlderOfBothVersions) {
  speaks("1.41");
  EXPECT_EQ(describe()->version, "20.10.24 (API 1.41)");
}

TEST_F(Describe, ANewerEngineIsSpokenToInOurVersion) {
  speaks("1.99");
  EXPECT_EQ(describe()->version, "20.10.24 (API " + newest_version.to_string() + ")");
}

TEST_F(Describe, AnOlderEngineIsOfNoUse) {
  speaks("1.39");
  const auto description = describe();
  ASSERT_FALSE(description.ok());
  EXPECT_EQ(description.error().code, util::ErrorCode::unsupported);
  EXPECT_THAT(description.error().message, HasSubstr("1.39"));
}

TEST_F(Describe, SomethingElseOnTheSocketIsOfNoUse) {
  scripted.on("GET /_ping", Reply{200, "OK", {}, {}, false, false});
  EXPECT_EQ(describe().error().code, util::ErrorCode::unsupported);
}

TEST_F(Describe, AnEngineThatIsNotThereIsUnavailableUntilItIs) {
  scripted.close();
  EXPECT_EQ(describe().error().code, util::ErrorCode::unavailable);
  scripted.open();
  EXPECT_TRUE(describe().ok());
}

TEST_F(Describe, AfterItWasAwayAnotherVersionMayBeSpoken) {
  EXPECT_TRUE(describe().ok());
  scripted.close();
  EXPECT_FALSE(describe().ok());
  speaks("1.40");
  scripted.open();
  EXPECT_EQ(describe()->version, "20.10.24 (API 1.40)");
}

TEST_F(Describe, ManyWhoAskAtATimeAreOneQuestion) {
  std::vector<std::promise<bool>> described(3);
  on_loop([&] {
    for (auto& one : described) {
      engine().describe([&](const util::Result<executor::Description>& told) { one.set_value(told.ok()); });
    }
  });
  for (auto& one : described) EXPECT_TRUE(one.get_future().get());
  EXPECT_EQ(scripted.count("GET /version"), 1U);
  EXPECT_TRUE(describe().ok());
  EXPECT_EQ(scripted.count("GET /version"), 2U) << "who asks later wants to know what is then";
}

TEST(ApiVersion, IsTwoNumbers) {
  EXPECT_EQ(ApiVersion::parse("1.41"), (ApiVersion{1, 41}));
  for (const auto* text : {"", "1", "1.", ".1", "1.4.1", "a.b", "1.99999999999999999999", "-1.2"}) {
    EXPECT_EQ(ApiVersion::parse(text), std::nullopt) << text;
  }
  EXPECT_LT((ApiVersion{1, 9}), (ApiVersion{1, 40}));
}

class Watch : public Harness {
 protected:
  void watch() {
    on_loop([this] {
      engine().watch([this](std::optional<executor::RunId> run) {
        const std::lock_guard lock(mutex);
        hints.push_back(run ? run->job : "all");
      });
    });
  }
  std::vector<std::string> seen() {
    const std::lock_guard lock(mutex);
    return hints;
  }
  std::mutex mutex;
  std::vector<std::string> hints;
};

std::string event(const std::string& container) {
  return R"({"Type":"container","Action":"die","Actor":{"ID":"1","Attributes":{"name":")" + container +
         R"("}}})"
         "\n";
}

TEST_F(Watch, HintsAtTheRunsOfItsEventsWhereverTheyAreCut) {
  scripted.on("GET /events", streamed([](Stream& stream) {
                const auto text = event("duws-inst-a-1") + event("stranger") + "nonsense\n" + event("duws-inst-b-2");
                for (const char c : text) stream.send(std::string(1, c));
                stream.wait_for_end();
              }));
  watch();
  EXPECT_TRUE(until([&] { return seen().size() >= 3; }));
  EXPECT_THAT(seen(), ElementsAre("all", "a", "b"));
  const auto query = scripted.last("GET /events").query;
  EXPECT_THAT(query, HasSubstr("org.docker-uws.installation%3Dinst"));
  EXPECT_THAT(query, HasSubstr("%22die%22%2C%22died%22"));
}

TEST_F(Watch, ConnectsAgainAndSaysThatAnythingMayHaveHappened) {
  const auto connections = std::make_shared<std::atomic<int>>(0);
  scripted.on("GET /events", streamed(
                                 [connections](Stream& stream) {
                                   if (++*connections > 2) stream.wait_for_end();
                                 },
                                 true));
  watch();
  EXPECT_TRUE(until([&] { return seen().size() >= 3; }));
  EXPECT_THAT(seen(), ElementsAre("all", "all", "all"));
  EXPECT_EQ(scripted.count("GET /events"), 3U) << "one stream at a time";
}

TEST_F(Watch, WaitsForAnEngineThatIsNotThere) {
  scripted.on("GET /events", streamed([](Stream& stream) { stream.wait_for_end(); }));
  scripted.close();
  watch();
  std::this_thread::sleep_for(std::chrono::milliseconds{250});
  EXPECT_THAT(seen(), ElementsAre());
  scripted.open();
  EXPECT_TRUE(until([&] { return !seen().empty(); }));
}

class List : public Harness {
 protected:
  util::Result<std::vector<executor::RunId>> list() {
    return ask<std::vector<executor::RunId>>(
        [](executor::Engine& engine, util::Callback<std::vector<executor::RunId>> done) { engine.list_owned(done); });
  }
};

std::string labelled(const std::string& installation, const std::string& job) {
  return R"({"Labels":{"org.docker-uws.installation":")" + installation + R"(","org.docker-uws.job":")" + job +
         R"(","org.docker-uws.attempt":"1"}})";
}

TEST_F(List, ContainersAndLonelyVolumesOfThisInstallation) {
  scripted.on("GET /containers/json", json(200, "[" + labelled("inst", "a") + "," + labelled("inst2", "x") + "," +
                                                    labelled("inst", "bad job") + ",{\"Labels\":null},7]"));
  scripted.on("GET /volumes",
              json(200, R"({"Volumes":[)" + labelled("inst", "a") + "," + labelled("inst", "b") + "]}"));
  const auto runs = list();
  ASSERT_TRUE(runs.ok()) << runs.error().message;
  EXPECT_THAT(*runs, ElementsAre(executor::RunId{"inst", "a", 1}, executor::RunId{"inst", "b", 1}));
  EXPECT_THAT(scripted.last("GET /containers/json").query, HasSubstr("all=1"));
}

TEST_F(List, NoAnswerIsAnErrorAndNotAnEmptyList) {
  scripted.on("GET /containers/json", json(200, "[]"));
  scripted.on("GET /volumes", json(500, "{}"));
  EXPECT_FALSE(list().ok());
}

TEST_F(List, AnEngineWithoutVolumesSaysNull) {
  scripted.on("GET /containers/json", json(200, "[]"));
  scripted.on("GET /volumes", json(200, R"({"Volumes":null,"Warnings":null})"));
  EXPECT_TRUE(list().ok());
}

}  // namespace
}  // namespace docker::testing
