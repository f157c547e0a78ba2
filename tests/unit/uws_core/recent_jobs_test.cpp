#include "uws/core/recent_jobs.h"

#include <gtest/gtest.h>

namespace uws {
namespace {

Job job_of(const JobId& id, std::int64_t version) {
  Job job;
  job.id = id;
  job.version = version;
  job.parameters.push_back({"ARG", "m51.fits", false, {}, "text/plain", 8});
  return job;
}

TEST(RecentJobs, AreKnownByTheirVersionOnly) {
  RecentJobs recent;
  EXPECT_FALSE(recent.find("a", 1));
  recent.keep(job_of("a", 1), 2);
  ASSERT_TRUE(recent.find("a", 1));
  EXPECT_EQ(recent.find("a", 1)->parameters.front().value, "m51.fits");
  EXPECT_FALSE(recent.find("a", 2));
  EXPECT_FALSE(recent.find("b", 1));
  recent.keep(job_of("a", 2), 2);
  EXPECT_FALSE(recent.find("a", 1));
  EXPECT_TRUE(recent.find("a", 2));
}

TEST(RecentJobs, LargeOnesAreNotKept) {
  RecentJobs recent;
  Job job = job_of("a", 1);
  recent.keep(job, 1U << 20U);
  EXPECT_FALSE(recent.find("a", 1));
  job.parameters.front().value.assign(1U << 20U, 'x');
  recent.keep(job, 2);
  EXPECT_FALSE(recent.find("a", 1));
}

TEST(RecentJobs, AreNotManyAndTheLastIsAmongThem) {
  RecentJobs recent;
  constexpr int given = 2000;
  for (int i = 1; i <= given; ++i) {
    recent.keep(job_of(std::to_string(i), i), 2);
    ASSERT_TRUE(recent.find(std::to_string(i), i));
  }
  int found = 0;
  for (int i = 1; i <= given; ++i) found += recent.find(std::to_string(i), i) ? 1 : 0;
  EXPECT_LE(found, 500);
}

}  // namespace
}  // namespace uws
