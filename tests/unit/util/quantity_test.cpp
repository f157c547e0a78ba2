#include "util/quantity.h"

#include <string>

#include <gtest/gtest.h>

namespace util {
namespace {

std::string refusal(const Error& error) {
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_EQ(error.faults.size(), 1U);
  EXPECT_NE(error.faults.at(0).accepted, "");
  return error.faults.at(0).reason;
}

TEST(Bytes, PowersOf1024AndOf1000AreToldApart) {
  EXPECT_EQ(*parse_bytes("8G"), 8LL << 30);
  EXPECT_EQ(*parse_bytes("8Gi"), 8LL << 30);
  EXPECT_EQ(*parse_bytes("8GiB"), 8LL << 30);
  EXPECT_EQ(*parse_bytes("8 GiB"), 8LL << 30);
  EXPECT_EQ(*parse_bytes("8GB"), 8'000'000'000);
  EXPECT_EQ(*parse_bytes("1K"), 1024);
  EXPECT_EQ(*parse_bytes("1KB"), 1000);
  EXPECT_EQ(*parse_bytes("3M"), 3LL << 20);
  EXPECT_EQ(*parse_bytes("2T"), 2LL << 40);
  EXPECT_EQ(*parse_bytes("2P"), 2LL << 50);
  EXPECT_EQ(*parse_bytes("512B"), 512);
}

TEST(Bytes, FractionsAreExact) {
  EXPECT_EQ(*parse_bytes("1.5G"), 3LL << 29);
  EXPECT_EQ(*parse_bytes("0.1KB"), 100);
  EXPECT_EQ(*parse_bytes("1.0009765625K"), 1025);
  EXPECT_EQ(*parse_bytes("0.999999999999999999999999999999K"), 1023);
}

TEST(Bytes, TheLargestIsTwoToThe62) {
  EXPECT_EQ(*parse_bytes("4096P"), std::int64_t{1} << 62);
  EXPECT_EQ(*parse_bytes("4611686018427387904B"), std::int64_t{1} << 62);
  for (const char* text : {"4096.1P", "4097P", "4611686018427387905B", "99999999999999999999999999G"}) {
    EXPECT_EQ(refusal(parse_bytes(text).error()), "'" + std::string(text) + "' is too large");
  }
}

TEST(Bytes, ABareNumberIsRefused) { EXPECT_EQ(refusal(parse_bytes("1024").error()), "'1024' has no unit"); }

TEST(Bytes, ZeroIsRefused) {
  EXPECT_EQ(refusal(parse_bytes("0G").error()), "'0G' is less than a byte");
  EXPECT_EQ(refusal(parse_bytes("0.9B").error()), "'0.9B' is less than a byte");
}

TEST(Bytes, WhatIsNoSizeIsRefused) {
  for (const char* text :
       {"", " ", "G", "-1G", "+1G", "1e3G", "1.G", ".5G", "1..5G", "1,5G", "0x1G", " 8G", "8  G", "8G "}) {
    EXPECT_FALSE(parse_bytes(text).ok()) << text;
  }
  for (const char* text : {"8g", "8Gb", "8iB", "8 ", "8Bi", "8GiBs", "8X", "8Q"}) {
    EXPECT_EQ(refusal(parse_bytes(text).error()), "'" + std::string(text) + "' has an unknown unit");
  }
  EXPECT_FALSE(parse_bytes(std::string_view("8\0G", 3)).ok());
}

TEST(Bytes, AreShownInTheLargestUnitThatIsExact) {
  EXPECT_EQ(format_bytes(8LL << 30), "8 GiB");
  EXPECT_EQ(format_bytes(512LL << 20), "512 MiB");
  EXPECT_EQ(format_bytes(1000), "1000 B");
  EXPECT_EQ(format_bytes(3LL << 29), "1536 MiB");
  EXPECT_EQ(format_bytes(std::int64_t{1} << 62), "4096 PiB");
  EXPECT_EQ(format_bytes(0), "0 B");
}

TEST(Bytes, WhatIsShownIsRead) {
  for (const std::int64_t bytes : {1LL, 1000LL, 1024LL, 1536LL << 20, 1LL << 62}) {
    EXPECT_EQ(*parse_bytes(format_bytes(bytes)), bytes);
  }
}

TEST(Cores, AreReadToThousandths) {
  EXPECT_EQ(*parse_millicores("1"), 1000);
  EXPECT_EQ(*parse_millicores("0.25"), 250);
  EXPECT_EQ(*parse_millicores("0.01"), 10);
  EXPECT_EQ(*parse_millicores("2.5"), 2500);
  EXPECT_EQ(*parse_millicores("1.001"), 1001);
  EXPECT_EQ(*parse_millicores("1000000"), 1'000'000'000);
}

TEST(Cores, OutOfRangeIsRefused) {
  for (const char* text : {"0", "0.009", "0.000", "1000000.001", "1000001", "99999999999999999999999"}) {
    refusal(parse_millicores(text).error());
  }
  EXPECT_EQ(refusal(parse_millicores("0.0101").error()), "'0.0101' has more than three decimals");
}

TEST(Cores, WhatIsNoNumberIsRefused) {
  for (const char* text : {"", "-1", "+1", "1e1", ".5", "1.", "1,5", "500m", " 1", "1 ", "nan", "inf", "0x1"}) {
    EXPECT_EQ(refusal(parse_millicores(text).error()), "'" + std::string(text) + "' is not a decimal number");
  }
}

TEST(Cores, AreShownWithoutTrailingZeros) {
  EXPECT_EQ(format_millicores(250), "0.25");
  EXPECT_EQ(format_millicores(2000), "2");
  EXPECT_EQ(format_millicores(1500), "1.5");
  EXPECT_EQ(format_millicores(10), "0.01");
  EXPECT_EQ(format_millicores(1001), "1.001");
}

TEST(Duration, HasUnitsOrIsSeconds) {
  EXPECT_EQ(*parse_duration("90"), std::chrono::seconds(90));
  EXPECT_EQ(*parse_duration("90s"), std::chrono::seconds(90));
  EXPECT_EQ(*parse_duration("15m"), std::chrono::minutes(15));
  EXPECT_EQ(*parse_duration("12h"), std::chrono::hours(12));
  EXPECT_EQ(*parse_duration("7d"), std::chrono::hours(7 * 24));
  EXPECT_EQ(*parse_duration("0"), std::chrono::seconds(0));
  EXPECT_EQ(*parse_duration("36500d"), std::chrono::hours(36500 * 24));
  EXPECT_EQ(*parse_duration("PT90S"), std::chrono::seconds(90));
  EXPECT_EQ(*parse_duration("P1DT12H30M1S"), std::chrono::seconds(36 * 3600 + 1801));
  EXPECT_EQ(*parse_duration("P2W"), std::chrono::hours(14 * 24));
  EXPECT_EQ(*parse_duration("PT0S"), std::chrono::seconds(0));
}

TEST(Duration, WhatIsNoDurationIsRefused) {
  for (const char* text : {"",  "s",  "-1",   "+1",  "1.5h", "1w",     "1 h",    "1hs",   "1H", "1h30m",
                           "P", "PT", "P1DT", "P1Y", "P1M",  "PT1.5S", "PT1M1H", "-PT1S", "P1", "pt1h"}) {
    EXPECT_EQ(refusal(parse_duration(text).error()), "'" + std::string(text) + "' is not a duration");
  }
  for (const char* text : {"36501d", "3153600001", "99999999999999999999999", "P36501D", "PT999999999999S"}) {
    EXPECT_EQ(refusal(parse_duration(text).error()), "'" + std::string(text) + "' is too long");
  }
}

}  // namespace
}  // namespace util
