#include <atomic>
#include <barrier>

#include "unit/uws_core/job_fixture.h"

namespace {

using namespace fakes;
using testing::SizeIs;
using util::ErrorCode;
using uws::Phase;

class JobRaces : public JobTest {
 protected:
  /// Runs all works at the same time.
  static void together(const std::vector<std::function<void()>>& works) {
    std::barrier ready(static_cast<std::ptrdiff_t>(works.size()));
    std::vector<std::thread> threads;
    threads.reserve(works.size());
    for (const auto& work : works) {
      threads.emplace_back([&ready, &work] {
        ready.arrive_and_wait();
        work();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  static void times(int count, const std::function<void()>& work) {
    together(std::vector<std::function<void()>>(static_cast<std::size_t>(count), work));
  }
};
FOR_BOTH_DATABASES(JobRaces);

TEST_P(JobRaces, OneOfManyClaimsWins) {
  for (int i = 0; i < 8; ++i) {
    const uws::Job job = queued();
    std::atomic<int> won{0};
    times(4, [&] {
      if (claim(job.id)) ++won;
    });
    EXPECT_EQ(won, 1);
    EXPECT_EQ(get(job.id)->fence, 1);
  }
}

TEST_P(JobRaces, OneOfManyRunsWins) {
  for (int i = 0; i < 8; ++i) {
    const uws::Job job = pending();
    std::atomic<int> won{0};
    times(4, [&] {
      const auto queued = run(job.id);
      if (queued.ok()) ++won;
      if (!queued.ok()) {
        EXPECT_EQ(queued.error().code, ErrorCode::forbidden);
      }
    });
    EXPECT_EQ(won, 1);
  }
  EXPECT_THAT(runs_.queued(), SizeIs(8));
}

TEST_P(JobRaces, ClaimAbortAndDestroyAgree) {
  service().start();
  for (int i = 0; i < 8; ++i) {
    const uws::Job job = queued();
    std::optional<uws::Job> taken;
    util::Result<uws::Job> aborted = util::Error{};
    util::Status destroyed;
    together({[&] { taken = claim(job.id); }, [&] { aborted = abort(job.id); }, [&] { destroyed = destroy(job.id); }});
    ASSERT_TRUE(destroyed.ok());
    EXPECT_TRUE(is_gone(job.id));
    if (!aborted.ok()) {
      EXPECT_EQ(aborted.error().code, ErrorCode::not_found);
    }
    if (taken) {
      // The job was claimed before it was destroyed. So the executor was notified of the destruction, and of the abort
      // if that was accepted.
      EXPECT_THAT(runs_.destroyed(), testing::Contains(job.id));
      if (aborted.ok()) {
        EXPECT_THAT(runs_.aborts(), testing::Contains(job.id));
      }
      EXPECT_FALSE(row_is_gone(job.id));
      released(job.id, taken->fence);
    }
    EXPECT_TRUE(eventually([&] { return row_is_gone(job.id); }));
  }
}

TEST_P(JobRaces, RunAndAbortAgree) {
  for (int i = 0; i < 8; ++i) {
    const uws::Job job = pending();
    util::Result<uws::Job> ran = util::Error{};
    util::Result<uws::Job> aborted = util::Error{};
    together({[&] { ran = run(job.id); }, [&] { aborted = abort(job.id); }});
    EXPECT_TRUE(aborted.ok());
    EXPECT_EQ(phase(job.id), Phase::aborted);
    if (!ran.ok()) {
      EXPECT_EQ(ran.error().code, ErrorCode::forbidden);
    }
  }
}

TEST_P(JobRaces, AQuotaHoldsWhateverTheInterleaving) {
  options().max_unended_jobs_per_owner = 5;
  restart();
  std::atomic<int> made{0};
  times(6, [&] {
    for (int i = 0; i < 3; ++i) {
      const auto job = create({.owner = alice});
      if (job.ok()) ++made;
      if (!job.ok()) {
        EXPECT_EQ(job.error().code, ErrorCode::too_many);
      }
    }
  });
  EXPECT_EQ(made, 5);
  EXPECT_THAT(list({.caller = alice}).value(), SizeIs(5));
}

TEST_P(JobRaces, ChangesOfParametersAreOneAfterTheOther) {
  const uws::Job job = pending();
  std::atomic<int> next{0};
  times(4, [&] {
    const std::string name = "P" + std::to_string(++next);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(set_parameters(job.id, {value_of(name, std::to_string(i))}).ok());
  });
  const uws::Job done = get(job.id).value();
  ASSERT_THAT(done.parameters, SizeIs(4));
  for (const uws::Parameter& parameter : done.parameters) EXPECT_EQ(parameter.value, "4");
  EXPECT_EQ(done.version, job.version + 20);
}

}  // namespace
