// Tests what a client sees of a job while it runs: progress, growing logs, published ports.
#include "net/client.h"
#include "world.h"

namespace executor::testing {
namespace {

using uws::Phase;

TEST_F(Jobs, ProgressOfThePreparationIsShownAsFireflyReadsIt) {
  world.daemon->hold_submits({"pulling conformance:test", 40});
  world.start();
  const auto id = world.create({"print", "x"});
  ASSERT_TRUE(world.until([&] { return world.shown(id) == "pulling conformance:test"; }));
  const auto live = world.live(id);
  EXPECT_EQ(live->info.find("progress")->find("percent")->as_int(), 40);
  EXPECT_EQ(live->info.find("phaseDetail")->text(), "pulling conformance:test");
  EXPECT_EQ(world.phase(id), Phase::queued);
  world.daemon->let_submits_go();
  EXPECT_PHASE(world.until_ended(id), "COMPLETED");
}

TEST_F(Jobs, LogsAreReadWhileTheJobRuns) {
  world.start();
  const auto id = world.create({"print", "one", "then", "print-error", "two", "then", "sleep", "100"});
  ASSERT_TRUE(world.until(
      [&] { return world.live_text(id, "stdout") == "one\n" && world.live_text(id, "stderr") == "two\n"; }));
  EXPECT_FALSE(uws::is_ended(world.phase(id)));
  const auto live = world.live(id);
  ASSERT_TRUE(live->quote.has_value());
  const auto source = live->results[0].bytes;
  ASSERT_TRUE(world.abort(id).ok());
  (void)world.until_ended(id);
  EXPECT_TRUE(source->ended());
  EXPECT_EQ(source->size(), 4U);
}

const uws::LiveResult* result(const uws::LiveState& live, const std::string& id) {
  for (const uws::LiveResult& one : live.results) {
    if (one.id == id) return &one;
  }
  return nullptr;
}

TEST_F(Jobs, APortIsAResultOnceItAnswers) {
  world.start();
  const auto id = world.create({"sleep", "0.3", "then", "serve", "8888", "hello"}, {{"PORT", "lab=http://:8888/lab"}});
  ASSERT_TRUE(world.until_phase(id, Phase::executing));
  ASSERT_TRUE(world.until([&] { return world.live(id) && result(*world.live(id), "lab") != nullptr; }));
  const auto live = world.live(id);
  const uws::LiveResult& port = *result(*live, "lab");
  EXPECT_EQ(port.media_type, "text/html");
  EXPECT_TRUE(port.href.starts_with("http://127.0.0.1:"));
  EXPECT_TRUE(port.href.ends_with("/lab"));
  EXPECT_EQ(live->results.back().id, "lab");
  EXPECT_EQ(live->info.find("endpoints")->items()[0].find("url")->text(), port.href);
  ASSERT_TRUE(world.abort(id).ok());
  const uws::Job job = world.until_ended(id);
  EXPECT_PHASE(job, "ABORTED");
  EXPECT_EQ(result_ids(job), (Words{"stdout", "stderr"}));
}

TEST_F(Jobs, ATcpPortThatNobodyListensOnIsNoResult) {
  world.start();
  const auto silent = world.create({"sleep", "100"}, {{"PORT", "5000/tcp"}});
  const auto open = world.create({"serve", "5000", "x"}, {{"PORT", "5000/tcp"}});
  ASSERT_TRUE(world.until([&] { return world.live(open) && result(*world.live(open), "port-5000") != nullptr; }));
  EXPECT_TRUE(result(*world.live(open), "port-5000")->href.starts_with("tcp://127.0.0.1:"));
  ASSERT_TRUE(world.until([&] { return world.live(silent) != nullptr; }));
  EXPECT_EQ(result(*world.live(silent), "port-5000"), nullptr);
}

}  // namespace
}  // namespace executor::testing
