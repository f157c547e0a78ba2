#include "util/time.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace util {
namespace {

std::string read_and_shown(std::string_view text) {
  const auto instant = parse_instant(text);
  return instant ? to_iso(*instant) : "refused";
}

// U52
TEST(Instant, IsShownWithThreeDecimalsAndZ) {
  EXPECT_EQ(to_iso(Instant{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso(Instant{std::chrono::milliseconds(-1)}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_iso(Instant{std::chrono::milliseconds(1'795'215'053'120)}), "2026-11-20T22:50:53.120Z");
}

// U52
TEST(Instant, IsReadWithAnyFractionWithAndWithoutZ) {
  EXPECT_EQ(read_and_shown("2026-11-20T22:50:53.120Z"), "2026-11-20T22:50:53.120Z");
  EXPECT_EQ(read_and_shown("2026-11-20T22:50:53.120"), "2026-11-20T22:50:53.120Z");
  EXPECT_EQ(read_and_shown("2026-11-20T22:50:53"), "2026-11-20T22:50:53.000Z");
  EXPECT_EQ(read_and_shown("2026-11-20T22:50:53Z"), "2026-11-20T22:50:53.000Z");
  EXPECT_EQ(read_and_shown("2026-11-20T22:50:53.1"), "2026-11-20T22:50:53.100Z");
  EXPECT_EQ(read_and_shown("2026-11-20T22:50:53,12Z"), "2026-11-20T22:50:53.120Z");
  EXPECT_EQ(read_and_shown("2026-11-20T22:50:53.123999999999999Z"), "2026-11-20T22:50:53.123Z");
  EXPECT_EQ(read_and_shown("2026-11-20t22:50:53z"), "2026-11-20T22:50:53.000Z");
}

// U21
TEST(Instant, LessPrecisionMeansTheEarliest) {
  EXPECT_EQ(read_and_shown("2026"), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(read_and_shown("2026-11"), "2026-11-01T00:00:00.000Z");
  EXPECT_EQ(read_and_shown("2026-11-20"), "2026-11-20T00:00:00.000Z");
  EXPECT_EQ(read_and_shown("2026-11-20T22"), "2026-11-20T22:00:00.000Z");
  EXPECT_EQ(read_and_shown("2026-11-20T22:50"), "2026-11-20T22:50:00.000Z");
  EXPECT_EQ(read_and_shown("2026-11-20T22:50Z"), "2026-11-20T22:50:00.000Z");
}

TEST(Instant, TheCalendarIsKept) {
  EXPECT_EQ(read_and_shown("2024-02-29"), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(read_and_shown("0001-01-01"), "0001-01-01T00:00:00.000Z");
  EXPECT_EQ(read_and_shown("9999-12-31T23:59:59.999"), "9999-12-31T23:59:59.999Z");
  for (const char* text : {"2026-02-29", "2026-02-30", "2026-04-31", "2026-00-01", "2026-13-01", "2026-01-00",
                           "0000-01-01", "2026-01-01T24:00:00", "2026-01-01T23:60:00", "2026-01-01T23:59:60"}) {
    EXPECT_EQ(read_and_shown(text), "refused") << text;
  }
}

TEST(Instant, OtherShapesAreRefused) {
  for (const char* text : {"",
                           "Z",
                           "now",
                           "1795215053",
                           "20261120",
                           "2026-11-20T22:50:53+01:00",
                           "2026-11-20T22:50:53+00:00",
                           "2026-11-20T22:50:53.Z",
                           "2026-11-20T22:50:53ZZ",
                           "2026-11-20T22:50:53 Z",
                           "2026-11-20 22:50:53",
                           " 2026-11-20",
                           "2026-11-20 ",
                           "2026-11-20T",
                           "2026-11-20TZ",
                           "2026T22:50",
                           "2026-11T22:50",
                           "2026-",
                           "2026-1-2",
                           "+2026-11-20",
                           "-2026-11-20",
                           "12026-11-20",
                           "2026-11-20T2:50",
                           "2026-11-20T22:5",
                           "2026-11-20T22:50:",
                           "2026-11-20T22.5"}) {
    EXPECT_EQ(read_and_shown(text), "refused") << text;
  }
}

TEST(Instant, ARefusalSaysWhatWouldBeAccepted) {
  const auto refused = parse_instant("yesterday");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(refused.error().message,
            "'yesterday' is not an ISO 8601 instant (accepted: an instant in UTC, such as 2026-11-20T22:50:53.120Z)");
}

TEST(Instant, NowIsReadAsItIsShown) {
  const Instant instant = now();
  EXPECT_EQ(*parse_instant(to_iso(instant)), instant);
}

}  // namespace
}  // namespace util
