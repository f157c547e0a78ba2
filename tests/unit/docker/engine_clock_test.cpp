#include "docker/api/engine_clock.h"

#include <gtest/gtest.h>

namespace docker {
namespace {

using namespace std::chrono_literals;

util::Instant at(std::chrono::milliseconds time) { return util::Instant(1'000'000'000'000ms + time); }

TEST(EngineClock, IsOursAsLongAsOursExplainsIt) {
  EngineClock clock;
  EXPECT_EQ(clock.ahead(), 0ms);
  clock.note(at(400ms), at(420ms), at(0ms), at(999ms));     // a Date header, which has whole seconds only
  clock.note(at(900ms), at(1030ms), at(905ms), at(905ms));  // a time with milliseconds
  EXPECT_EQ(clock.ahead(), 0ms);
  EXPECT_EQ(clock.ours(at(5ms)), at(5ms));
}

TEST(EngineClock, AClockThatIsOffIsFoundAndNoTimeBecomesEarlier) {
  for (const auto off : {2000ms, -2000ms, 150ms, -3600'000ms}) {
    EngineClock clock;
    clock.note(at(100ms), at(110ms), at(104ms + off), at(104ms + off));
    clock.note(at(200ms), at(300ms), at(299ms + off), at(299ms + off));
    const auto ours = clock.ours(at(500ms + off));
    EXPECT_GE(ours, at(500ms));
    EXPECT_LE(ours, at(515ms));
  }
}

TEST(EngineClock, DatesAloneNarrowItToo) {
  EngineClock clock;
  for (auto time = 0ms; time < 4000ms; time += 130ms) {
    const auto date = std::chrono::floor<std::chrono::seconds>(time + 2300ms);
    clock.note(at(time), at(time + 2ms), at(date), at(date + 999ms));
  }
  EXPECT_LE(clock.ahead(), 2300ms);
  EXPECT_GE(clock.ahead(), 2100ms);
}

TEST(EngineClock, AClockThatIsSetIsFollowed) {
  EngineClock clock;
  clock.note(at(0ms), at(5ms), at(3ms), at(3ms));
  clock.note(at(1000ms), at(1005ms), at(3003ms), at(3003ms));
  EXPECT_GE(clock.ahead(), 1990ms);
  clock.note(at(2000ms), at(2005ms), at(2003ms), at(2003ms));
  EXPECT_EQ(clock.ahead(), 0ms);
}

TEST(EngineClock, ReadsTheDateOfHttp) {
  EXPECT_EQ(util::to_iso(*parse_http_date("Mon, 30 Nov 2026 07:08:21 GMT")), "2026-11-30T07:08:21.000Z");
  EXPECT_EQ(parse_http_date("yesterday"), std::nullopt);
  EXPECT_EQ(parse_http_date(""), std::nullopt);
}

}  // namespace
}  // namespace docker
