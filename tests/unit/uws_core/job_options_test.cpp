#include "uws/core/job_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

uws::JobOptions read(const std::string& yaml, config::Faults& faults) {
  const data::Node node = data::parse_yaml(yaml).value();
  config::Reader root(config::Section(&node, "", 1), faults);
  return uws::read_options(root, faults);
}

TEST(JobOptions, AnEmptyFileGivesFiniteDefaults) {  // U54
  config::Faults faults;
  const uws::JobOptions options = read("{}", faults);
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_GT(options.default_execution_duration, 0s);
  EXPECT_GT(options.default_destruction, 0s);
}

TEST(JobOptions, EveryKeyIsTaken) {
  config::Faults faults;
  const uws::JobOptions options = read(R"(jobs:
  default_execution_duration: 10m
  max_execution_duration: 2h
  default_destruction: 1d
  max_destruction: 3d
  archive_for: 30d
  per_owner:
    unended: 7
    total: 70
)",
                                       faults);
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_EQ(options.default_execution_duration, 10min);
  EXPECT_EQ(options.max_execution_duration, 2h);
  EXPECT_EQ(options.default_destruction, 24h);
  EXPECT_EQ(options.max_destruction, 72h);
  EXPECT_EQ(options.archive_for, 720h);
  EXPECT_EQ(options.max_unended_jobs_per_owner, 7);
  EXPECT_EQ(options.max_jobs_per_owner, 70);
}

TEST(JobOptions, WrongValuesAreFaultsWithTheirPath) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"jobs: {archive_four: 1d}", "/jobs/archive_four"},
      {"jobs: {archive_for: soon}", "/jobs/archive_for"},
      {"jobs: {max_destruction: 60000d}", "/jobs/max_destruction"},
      {"jobs: {default_destruction: 40d}", "/jobs/default_destruction"},
      {"jobs: {default_execution_duration: 2h, max_execution_duration: 1h}", "/jobs/default_execution_duration"},
      {"jobs: {per_owner: {unended: 0}}", "/jobs/per_owner/unended"},
      {"jobs: {per_owner: {most: 1}}", "/jobs/per_owner/most"},
  };
  for (const auto& [yaml, path] : wrong) {
    config::Faults faults;
    read(yaml, faults);
    ASSERT_EQ(faults.size(), 1U) << yaml;
    EXPECT_EQ(faults[0].path, path);
    EXPECT_FALSE(faults[0].reason.empty());
  }
}

}  // namespace
