#include "util/worker_pool.h"

#include <atomic>
#include <future>
#include <memory>
#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace util {
namespace {

/// Blocks the single thread of a pool with a task, until the gate opens.
struct Held {
  explicit Held(WorkerPool& pool) {
    const auto started = std::make_shared<std::promise<void>>();
    EXPECT_TRUE(pool.try_post([started, opened = gate.get_future().share()] {
      started->set_value();
      opened.wait();
    }));
    started->get_future().wait();
  }
  void open() { gate.set_value(); }
  std::promise<void> gate;
};

TEST(WorkerPool, RunsWhatIsPosted) {
  std::atomic<int> ran = 0;
  WorkerPool pool("test", 3, 1000);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(pool.try_post([&] { ++ran; }));
  pool.stop();
  EXPECT_EQ(ran, 1000);
}

TEST(WorkerPool, ThreadsWorkAtTheSameTime) {
  std::promise<void> first;
  std::promise<void> second;
  WorkerPool pool("test", 2, 10);
  ASSERT_TRUE(pool.try_post([&] {
    first.set_value();
    second.get_future().wait();
  }));
  ASSERT_TRUE(pool.try_post([&] {
    first.get_future().wait();
    second.set_value();
  }));
  pool.stop();
}

TEST(WorkerPool, ShowsWhatIsAtWorkAndWhatWaits) {
  const PoolMetrics shown("shown");
  {
    WorkerPool pool("shown", 1, 10);
    Held held(pool);
    EXPECT_TRUE(pool.try_post([] {}));
    EXPECT_EQ(shown.threads.value(), 1);
    EXPECT_EQ(shown.busy.value(), 1);
    EXPECT_EQ(shown.queue.value(), 1);
    held.open();
  }
  EXPECT_EQ(shown.threads.value(), 0);
  EXPECT_EQ(shown.busy.value(), 0);
  EXPECT_EQ(shown.queue.value(), 0);
}

TEST(WorkerPool, AFullQueueTakesNoMore) {
  std::atomic<int> ran = 0;
  WorkerPool pool("test", 1, 2);
  Held held(pool);
  EXPECT_TRUE(pool.try_post([&] { ++ran; }));
  EXPECT_TRUE(pool.try_post([&] { ++ran; }));
  EXPECT_FALSE(pool.try_post([&] { ++ran; }));
  held.open();
  pool.stop();
  EXPECT_EQ(ran, 2);
}

TEST(WorkerPool, StopRunsWhatIsQueuedAndTakesNoMore) {
  std::atomic<int> ran = 0;
  WorkerPool pool("test", 1, 10);
  Held held(pool);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(pool.try_post([&] { ++ran; }));
  held.open();
  pool.stop();
  EXPECT_EQ(ran, 5);
  EXPECT_FALSE(pool.try_post([&] { ++ran; }));
  pool.stop();
}

TEST(WorkerPool, ATaskIsDestroyedWhenItHasRun) {
  WorkerPool pool("test", 1, 10);
  auto owned = std::make_shared<int>(0);
  ASSERT_TRUE(pool.try_post([owned] {}));
  Held next(pool);  // runs after the first task
  EXPECT_EQ(owned.use_count(), 1);
  next.open();
  pool.stop();
}

}  // namespace
}  // namespace util
