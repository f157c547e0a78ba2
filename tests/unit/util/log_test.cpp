#include "util/log.h"

#include <string>

#include <gtest/gtest.h>

namespace util {
namespace {

/// The line that one call writes to the log, without the time at its beginning.
template <typename Call>
std::string written(Call call) {
  testing::internal::CaptureStderr();
  call();
  const std::string line = testing::internal::GetCapturedStderr();
  return line.size() > 25 && line[0] == '2' ? line.substr(25) : line;
}

class Log : public testing::Test {
 protected:
  void SetUp() override { configure_log(LogLevel::info, LogFormat::text); }
  void TearDown() override { configure_log(LogLevel::warning, LogFormat::text); }
};

TEST_F(Log, ALineHasLevelMessageAndFields) {
  EXPECT_EQ(written([] {
              log_info("job ended", {{"job", "abc"}, {"attempt", 2}, {"bytes", std::size_t{5}}});
            }),
            "info job ended job=abc attempt=2 bytes=5\n");
}

TEST_F(Log, AValueCannotLookLikeAField) {
  EXPECT_EQ(written([] {
              log_info("m", {{"a", "x phase=ERROR"}, {"b", "say \"no\""}, {"c", ""}, {"d", "back\\"}});
            }),
            "info m a=\"x phase=ERROR\" b=\"say \\\"no\\\"\" c=\"\" d=\"back\\\\\"\n");
}

TEST_F(Log, AValueCannotMakeALine) {
  EXPECT_EQ(written([] { log_info("m", {{"a", "x\ninfo forged"}}); }), "info m a=\"x info forged\"\n");
}

TEST_F(Log, BracesAreNoFormat) {
  EXPECT_EQ(written([] { log_info("{} {0}", {{"a", "{}"}}); }), "info {} {0} a={}\n");
}

TEST_F(Log, WhatIsBelowTheLevelIsNotWritten) {
  EXPECT_EQ(written([] { log_debug("m"); }), "");
  configure_log(LogLevel::off, LogFormat::text);
  EXPECT_EQ(written([] { log_error("m"); }), "");
}

TEST_F(Log, JsonLinesAreWholeAndTakeBadBytes) {
  configure_log(LogLevel::info, LogFormat::json);
  const std::string line = written([] { log_warning("m", {{"a", "\xFF\"\n"}}); });
  EXPECT_NE(line.find(R"("level":"warning","message":"m","a":")"), line.npos) << line;
  EXPECT_NE(line.find(R"(\"\n"})"), line.npos) << line;
}

}  // namespace
}  // namespace util
