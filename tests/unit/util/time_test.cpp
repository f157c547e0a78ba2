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
  for (const char* text : {"2026-02-29",
                           "2026-02-30",
                           "2026-04-31",
                           "2026-00-01",
                           "2026-13-01",
                           "2026-01-00",
                           "0000-01-01",
                           "2026-01-01T24:00:01",
                           "2026-01-01T25:00:00",
                           "2026-01-01T23:60:00",
                           "2026-01-01T23:58:60",
                           "2026-000",
                           "2026-366",
                           "2026366",
                           "2026:366",
                           "20260230",
                           "2026-01-01T00:00:00+24:00",
                           "2026-01-01T00:00:00+01:60",
                           "0001-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "9999-12-31T24:00:00"}) {
    EXPECT_EQ(read_and_shown(text), "refused") << text;
  }
}

// U21, U52
TEST(Instant, IsReadAsSqlPythonAndAstropyWriteIt) {
  for (const char* text : {"2026-12-01 10:00:00.000",  // astropy's iso, SQL
                           "2026-12-01 10:00:00",
                           "2026-12-01 10:00",
                           "2026-12-01T10:00:00.000",
                           "2026:335:10:00:00.000",  // astropy's yday
                           "2026:335:10:00",
                           "2026-335T10:00:00",
                           "2026335T100000Z",
                           "20261201T100000Z",
                           "20261201T100000.000Z",
                           "20261201T1000",
                           "20261201 10:00:00",
                           "2026-12-01 10:00:00+00:00",         // str() of Python's datetime
                           "2026-12-01T10:00:00.000000+00:00",  // its isoformat()
                           "2026-12-01T10:00:00 00:00",         // the same in a form without URL encoding of the plus
                           "2026-12-01 10:00:00 00:00",
                           "2026-12-01 10:00:00 +0000",  // strftime's %z
                           "2026-12-01 10:00:00 UTC",    // strftime's %Z
                           "2026-12-01 10:00:00 GMT",
                           "2026-12-01 10:00:00+00",  // PostgreSQL
                           "2026-12-01 11:00:00 01:00",
                           "2026-12-01T11:00:00+01:00",
                           "2026-12-01T11:00:00+0100",
                           "2026-12-01T05:00:00-05:00",
                           "2026-12-01T15:30:00+05:30",
                           "2026-12-01T10:00:00-00:00"}) {
    EXPECT_EQ(read_and_shown(text), "2026-12-01T10:00:00.000Z") << text;
  }
  EXPECT_EQ(read_and_shown("20261201"), "2026-12-01T00:00:00.000Z");
  EXPECT_EQ(read_and_shown("2026-335"), "2026-12-01T00:00:00.000Z");
  EXPECT_EQ(read_and_shown("2026:335"), "2026-12-01T00:00:00.000Z");
  EXPECT_EQ(read_and_shown("2024-366"), "2024-12-31T00:00:00.000Z");
  EXPECT_EQ(read_and_shown("2026-12-01T00:30:00+01:00"), "2026-11-30T23:30:00.000Z");
}

TEST(Instant, ADaysEndAndALeapSecondAreTheNextDaysBeginning) {
  EXPECT_EQ(read_and_shown("2016-12-31T24:00:00"), "2017-01-01T00:00:00.000Z");
  EXPECT_EQ(read_and_shown("2016-12-31 23:59:60.000"), "2017-01-01T00:00:00.000Z");
  EXPECT_EQ(read_and_shown("2016-12-31 23:59:60.500"), "2017-01-01T00:00:00.500Z");
}

TEST(Instant, OtherShapesAreRefused) {
  for (const char* text : {"",
                           "Z",
                           "now",
                           "1795215053",
                           "2026-11-20T22:50:53.Z",
                           "2026-11-20T22:50:53ZZ",
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
                           "2026-11-20T22.5",
                           "2026-11-20  22:50:53",
                           "2026-11-20 22:50:53  00:00",
                           "2026-11-20T22:50:53+1:00",
                           "2026-11-20T22:50:53+01:",
                           "2026-11-20T22:50:53+0100Z",
                           "2026-11-20T22:50:53 +",
                           "2026-11-20T22:50:53 ",
                           "2026-11-20T22:50:53UT",
                           "2026-11-20+01:00",
                           "202611",
                           "202611201",
                           "20261120T225",
                           "20261120T22505",
                           "2026:335:",
                           "61375.4166"}) {
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
