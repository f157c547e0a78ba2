#include "uws/core/recent_jobs.h"

#include <gtest/gtest.h>

namespace uws {
namespace {

using Changes = RecentJobs::Changes;
using Extent = RecentJobs::Extent;

Job job_of(const JobId& id, std::int64_t version) {
  Job job;
  job.id = id;
  job.version = version;
  job.parameters.push_back({"ARG", "m51.fits", false, {}, "text/plain", 8});
  return job;
}

TEST(RecentJobs, AreKnownByTheirVersionOnly) {
  RecentJobs recent(Changes::come_from_others_too);
  EXPECT_FALSE(recent.find("a", 1));
  recent.keep(job_of("a", 1), Extent::whole, 2, recent.moment());
  ASSERT_TRUE(recent.find("a", 1));
  EXPECT_EQ(recent.find("a", 1)->parameters.front().value, "m51.fits");
  EXPECT_FALSE(recent.find("a", 2));
  EXPECT_FALSE(recent.find("b", 1));
  recent.keep(job_of("a", 2), Extent::whole, 2, recent.moment());
  EXPECT_FALSE(recent.find("a", 1));
  EXPECT_TRUE(recent.find("a", 2));
}

TEST(RecentJobs, LargeOnesAreNotKept) {
  RecentJobs recent(Changes::come_from_others_too);
  Job job = job_of("a", 1);
  recent.keep(job, Extent::whole, 1U << 20U, recent.moment());
  EXPECT_FALSE(recent.find("a", 1));
  job.parameters.front().value.assign(1U << 20U, 'x');
  recent.keep(job, Extent::whole, 2, recent.moment());
  EXPECT_FALSE(recent.find("a", 1));
}

TEST(RecentJobs, AreNotManyAndTheLastIsAmongThem) {
  RecentJobs recent(Changes::come_from_others_too);
  constexpr int given = 5000;
  for (int i = 1; i <= given; ++i) {
    recent.keep(job_of(std::to_string(i), i), Extent::whole, 2, recent.moment());
    ASSERT_TRUE(recent.find(std::to_string(i), i));
  }
  int found = 0;
  for (int i = 1; i <= given; ++i) found += recent.find(std::to_string(i), i) ? 1 : 0;
  EXPECT_LE(found, 2000);
}

TEST(RecentJobs, AreCurrentUntilSomebodyIsAboutToChangeThem) {
  RecentJobs recent(Changes::are_told);
  recent.keep(job_of("a", 1), Extent::whole, 2, recent.moment());
  recent.keep(job_of("b", 1), Extent::summary, 2, recent.moment());
  EXPECT_TRUE(recent.current("a", Extent::whole));
  EXPECT_TRUE(recent.current("a", Extent::summary));
  EXPECT_TRUE(recent.current("b", Extent::summary));
  EXPECT_FALSE(recent.current("b", Extent::whole));
  recent.changing("a");
  EXPECT_FALSE(recent.current("a", Extent::summary));
  EXPECT_TRUE(recent.current("b", Extent::summary));
  recent.keep(job_of("a", 1), Extent::whole, 2, recent.moment());
  EXPECT_FALSE(recent.current("a", Extent::whole)) << "the change may be committed since";
  recent.changed();
  EXPECT_FALSE(recent.current("a", Extent::whole));
  recent.keep(job_of("a", 2), Extent::whole, 2, recent.moment());
  EXPECT_EQ(recent.current("a", Extent::whole)->version, 2);
}

TEST(RecentJobs, WhatWasReadBeforeAChangeIsNotCurrent) {
  RecentJobs recent(Changes::are_told);
  const RecentJobs::Moment before = recent.moment();
  recent.changing("a");
  recent.changed();
  recent.keep(job_of("a", 1), Extent::whole, 2, before);
  EXPECT_FALSE(recent.current("a", Extent::whole));
  EXPECT_TRUE(recent.find("a", 1)) << "who knows the version may have it";
}

TEST(RecentJobs, WhatWasReadBeforeItsCommitIsNotCurrentAfterIt) {
  RecentJobs recent(Changes::are_told);
  recent.changing("a");
  const RecentJobs::Moment before = recent.moment();
  recent.changed();
  recent.keep(job_of("a", 1), Extent::whole, 2, before);
  EXPECT_FALSE(recent.current("a", Extent::whole));
}

TEST(RecentJobs, ASummaryDoesNotReplaceAWholeJob) {
  RecentJobs recent(Changes::are_told);
  recent.keep(job_of("a", 1), Extent::whole, 2, recent.moment());
  recent.keep(job_of("a", 1), Extent::summary, 0, recent.moment());
  EXPECT_TRUE(recent.current("a", Extent::whole));
  recent.changing("a");
  recent.changed();
  recent.keep(job_of("a", 2), Extent::summary, 0, recent.moment());
  EXPECT_FALSE(recent.current("a", Extent::whole));
  EXPECT_EQ(recent.current("a", Extent::summary)->version, 2);
}

TEST(RecentJobs, TheMomentIsKnownWhileNothingChanges) {
  RecentJobs recent(Changes::are_told);
  const auto before = recent.known_moment();
  ASSERT_TRUE(before);
  EXPECT_EQ(recent.known_moment(), before);
  recent.changing("a");
  EXPECT_FALSE(recent.known_moment()) << "the change may be committed since";
  recent.changed();
  ASSERT_TRUE(recent.known_moment());
  EXPECT_NE(recent.known_moment(), before);
  EXPECT_FALSE(RecentJobs(Changes::come_from_others_too).known_moment());
}

TEST(RecentJobs, AreNeverCurrentWhereOthersWriteToo) {
  RecentJobs recent(Changes::come_from_others_too);
  recent.keep(job_of("a", 1), Extent::whole, 2, recent.moment());
  EXPECT_FALSE(recent.current("a", Extent::summary));
}

}  // namespace
}  // namespace uws
