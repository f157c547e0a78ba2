#include "uws/core/job_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using util::ErrorCode;
using uws::JobOptions;

const util::Instant now = util::parse_instant("2026-11-20T12:00:00Z").value();

JobOptions limits() {
  JobOptions options;
  options.default_execution_duration = 60s;
  options.max_execution_duration = 600s;
  options.default_destruction = 1h;
  options.max_destruction = 24h;
  return options;
}

TEST(ExecutionDuration, TheDefaultIsGrantedToWhoAsksForNone) {
  EXPECT_EQ(uws::granted_duration(std::nullopt, limits()).value(), 60s);
}

TEST(ExecutionDuration, IsClampedToTheMaximum) {  // U17
  EXPECT_EQ(uws::granted_duration(599s, limits()).value(), 599s);
  EXPECT_EQ(uws::granted_duration(601s, limits()).value(), 600s);
  EXPECT_EQ(uws::granted_duration(std::chrono::seconds::max(), limits()).value(), 600s);
}

TEST(ExecutionDuration, ZeroAsksForTheLargest) {  // U42
  EXPECT_EQ(uws::granted_duration(0s, limits()).value(), 600s);
  JobOptions options = limits();
  options.max_execution_duration = 0s;
  EXPECT_EQ(uws::granted_duration(0s, options).value(), 0s);
  EXPECT_EQ(uws::granted_duration(9000h, options).value(), 9000h);
  EXPECT_EQ(uws::granted_duration(std::chrono::seconds::max(), options).value(), uws::longest_time);
}

TEST(ExecutionDuration, ANegativeOneIsRefusedByName) {  // U17
  const auto granted = uws::granted_duration(-1s, limits());
  ASSERT_FALSE(granted.ok());
  EXPECT_EQ(granted.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(granted.error().faults.at(0).input, "EXECUTIONDURATION");
}

TEST(ExecutionDuration, IsWhatTheTaskNeedsUnlessTheClientSaysIt) {
  uws::AcceptedTask accepted;
  accepted.min_duration = 300s;
  uws::JobRow row = uws::new_row({}, now, limits()).value();
  ASSERT_TRUE(uws::apply(accepted, limits(), row).ok());
  EXPECT_EQ(row.job.execution_duration, 300s);
  uws::JobRow said = uws::new_row({.execution_duration = 500s}, now, limits()).value();
  ASSERT_TRUE(uws::apply(accepted, limits(), said).ok());
  EXPECT_EQ(said.job.execution_duration, 500s);
}

TEST(Destruction, TheDefaultCountsFromTheCreation) {  // U54
  EXPECT_EQ(uws::granted_destruction(std::nullopt, now, now, limits()).value(), now + 1h);
}

TEST(Destruction, IsClampedToTheMaximumFromTheCreation) {  // U17
  EXPECT_EQ(uws::granted_destruction(now + 23h, now, now, limits()).value(), now + 23h);
  EXPECT_EQ(uws::granted_destruction(now + 25h, now, now, limits()).value(), now + 24h);
  EXPECT_EQ(uws::granted_destruction(now + 25h, now - 10h, now, limits()).value(), now + 14h);
}

TEST(Destruction, ALimitLoweredMeanwhileDoesNotGrantThePast) {
  const auto granted = uws::granted_destruction(now + 5h, now - 48h, now, limits());
  ASSERT_TRUE(granted.ok());
  EXPECT_GT(*granted.value(), now);
}

TEST(Destruction, WithoutAMaximumAnyFutureIsGranted) {
  JobOptions options = limits();
  options.max_destruction = 0s;
  EXPECT_EQ(uws::granted_destruction(now + 87600h, now, now, options).value(), now + 87600h);
  options.default_destruction = 0s;
  EXPECT_EQ(uws::granted_destruction(std::nullopt, now, now, options).value(), std::nullopt);
}

TEST(Destruction, WithoutADefaultTheMaximumIsGranted) {
  JobOptions options = limits();
  options.default_destruction = 0s;
  EXPECT_EQ(uws::granted_destruction(std::nullopt, now, now, options).value(), now + 24h);
}

TEST(Destruction, ThePastIsRefusedByName) {  // U17
  for (const util::Instant past : {now, now - 1ms, util::parse_instant("0001-01-01").value()}) {
    const auto granted = uws::granted_destruction(past, now - 1h, now, limits());
    ASSERT_FALSE(granted.ok());
    EXPECT_EQ(granted.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(granted.error().faults.at(0).input, "DESTRUCTION");
  }
}

TEST(RunId, HoldsWhatXmlCanCarry) {
  EXPECT_TRUE(uws::check_run_id("night 7, field α").ok());
  EXPECT_TRUE(uws::check_run_id("").ok());
  for (const std::string& bad :
       {std::string("a\x01"), std::string("\xff"), std::string("a\0b", 3), std::string(1001, 'x')}) {
    const auto checked = uws::check_run_id(bad);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(checked.error().faults.at(0).input, "RUNID");
  }
}

TEST(Parameters, HoldWhatXmlCanCarry) {
  EXPECT_TRUE(uws::check_parameters({{"ARG", "a\nb\tü", false, {}, {}, 0}}).ok());
  EXPECT_FALSE(uws::check_parameters({{"ARG", "\x1b[1m", false, {}, {}, 0}}).ok());
  EXPECT_FALSE(uws::check_parameters({{"A\xff", "a", false, {}, {}, 0}}).ok());
  EXPECT_FALSE(uws::check_parameters({{"ARG", std::string("a\0b", 3), false, {}, {}, 0}}).ok());
}

TEST(Quotas, TellWhichLimitIsReached) {
  JobOptions options;
  options.max_unended_jobs_per_owner = 2;
  options.max_jobs_per_owner = 5;
  EXPECT_TRUE(uws::check_quotas({1, 4}, options).ok());
  const auto unended = uws::check_quotas({2, 4}, options);
  ASSERT_FALSE(unended.ok());
  EXPECT_EQ(unended.error().code, ErrorCode::too_many);
  EXPECT_THAT(unended.error().message, HasSubstr("not ended"));
  EXPECT_THAT(unended.error().message, HasSubstr("2"));
  const auto all = uws::check_quotas({1, 5}, options);
  ASSERT_FALSE(all.ok());
  EXPECT_EQ(all.error().code, ErrorCode::too_many);
  EXPECT_THAT(all.error().message, HasSubstr("5"));
}

}  // namespace
