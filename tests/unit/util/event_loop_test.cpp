#include "util/event_loop.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/time.h"

namespace util {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// Waits until the loop has run what was posted before.
void drain(EventLoop& loop) {
  std::promise<void> reached;
  loop.post([&] { reached.set_value(); });
  reached.get_future().wait();
}

/// Runs `act` on the loop and waits for it.
void on_loop(EventLoop& loop, const util::Task& act) {
  loop.post(act);
  drain(loop);
}

TEST(EventLoop, ATimerOfHoursIsDueWhenTheClocksAreMovedForward) {
  std::promise<void> ran;
  EventLoop loop("test");
  loop.after(2h, [&] { ran.set_value(); });
  const Instant before = now();
  advance_clocks(3h);
  loop.post([] {});
  ran.get_future().wait();
  EXPECT_GE(now() - before, 3h);
}

TEST(EventLoop, RunsTasksInTheirOrder) {
  std::vector<int> ran;
  EventLoop loop("test");
  for (int i = 0; i < 1000; ++i) loop.post([&ran, i] { ran.push_back(i); });
  drain(loop);
  ASSERT_EQ(ran.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST(EventLoop, KnowsItsThread) {
  bool inside = false;
  EventLoop loop("test");
  on_loop(loop, [&] { inside = loop.on_this_thread(); });
  EXPECT_TRUE(inside);
  EXPECT_FALSE(loop.on_this_thread());
  loop.stop();
  EXPECT_FALSE(loop.on_this_thread());
}

TEST(EventLoop, TakesTasksOfManyThreads) {
  std::vector<std::thread> threads;
  EventLoop loop("test");
  int count = 0;  // only the loop's thread uses it
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 500; ++k) loop.post([&count] { ++count; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  drain(loop);
  EXPECT_EQ(count, 2000);
}

TEST(EventLoop, TimersRunWhenTheyAreDueAndInThatOrder) {
  std::vector<int> ran;
  std::promise<void> done;
  EventLoop loop("test");
  const auto start = Clock::now();
  loop.post([&] {  // on the loop, so that both timers are set before either can run
    loop.after(40ms, [&] {
      ran.push_back(2);
      done.set_value();
    });
    loop.after(20ms, [&ran] { ran.push_back(1); });
  });
  done.get_future().wait();
  EXPECT_GE(Clock::now() - start, 40ms);
  EXPECT_THAT(ran, ElementsAre(1, 2));
}

TEST(EventLoop, AnEarlierTimerIsNotHeldUpByALaterOne) {
  std::promise<void> done;
  EventLoop loop("test");
  loop.after(1h, [] {});
  drain(loop);  // now the loop waits for the timer of one hour
  loop.after(1ms, [&] { done.set_value(); });
  EXPECT_EQ(done.get_future().wait_for(60s), std::future_status::ready);
}

TEST(EventLoop, ACancelledTimerDoesNotRun) {
  std::atomic<bool> ran = false;
  EventLoop loop("test");
  const auto timer = loop.after(1h, [&] { ran = true; });
  EXPECT_TRUE(loop.cancel(timer));
  EXPECT_FALSE(loop.cancel(timer));
  EXPECT_FALSE(loop.cancel(12345));
  drain(loop);
  EXPECT_FALSE(ran);
}

TEST(EventLoop, ATimerThatIsDueCanStillBeCancelledOnTheLoop) {
  bool ran = false;
  bool cancelled = false;
  std::promise<void> done;
  EventLoop loop("test");
  loop.post([&] {
    loop.after(0s, [] {});
    const auto timer = loop.after(0s, [&ran] { ran = true; });
    loop.post([&, timer] {  // runs between the two timers
      cancelled = loop.cancel(timer);
      loop.post([&done] { done.set_value(); });
    });
  });
  done.get_future().wait();
  EXPECT_TRUE(cancelled);
  EXPECT_FALSE(ran);
}

TEST(EventLoop, ATimerThatRanCannotBeCancelled) {
  std::promise<void> ran;
  EventLoop loop("test");
  const auto timer = loop.after(0s, [&] { ran.set_value(); });
  ran.get_future().wait();
  drain(loop);
  EXPECT_FALSE(loop.cancel(timer));
}

TEST(EventLoop, TimersThatRearmDoNotStarveTasks) {
  std::atomic<bool> go_on = true;
  EventLoop loop("test");
  std::function<void()> rearm = [&] {
    if (go_on) loop.after(0s, rearm);
  };
  loop.post(rearm);
  drain(loop);
  drain(loop);
  go_on = false;
  loop.stop();
}

TEST(EventLoop, TasksThatRepostDoNotStarveTimers) {
  std::atomic<bool> go_on = true;
  std::promise<void> done;
  EventLoop loop("test");
  std::function<void()> repost = [&] {
    if (go_on) loop.post(repost);
  };
  loop.post(repost);
  loop.after(1ms, [&] { done.set_value(); });
  EXPECT_EQ(done.get_future().wait_for(60s), std::future_status::ready);
  go_on = false;
  loop.stop();
}

TEST(EventLoop, AnEndlessDelayIsNeverDue) {
  std::atomic<bool> ran = false;
  EventLoop loop("test");
  const auto timer = loop.after(Clock::duration::max(), [&] { ran = true; });
  drain(loop);
  EXPECT_TRUE(loop.cancel(timer));
  EXPECT_FALSE(ran);
}

TEST(EventLoop, StopFinishesTheTaskInHandAndDropsTheRest) {
  std::promise<void> started;
  std::promise<void> release;
  std::atomic<int> ran = 0;
  EventLoop loop("test");
  const auto owned = std::make_shared<int>(0);
  loop.post([&] {
    started.set_value();
    release.get_future().wait();
    ++ran;
  });
  started.get_future().wait();
  loop.post([&ran, owned] { ++ran; });
  loop.after(0s, [&ran, owned] { ++ran; });
  std::thread stopper([&] { loop.stop(); });
  while (true) {  // waits until stop() has begun: from then on the loop keeps no posted tasks
    const auto probe = std::make_shared<int>(0);
    loop.post([probe] {});
    if (probe.use_count() == 1) break;
    std::this_thread::yield();
  }
  release.set_value();
  stopper.join();
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(owned.use_count(), 1);
  loop.stop();
}

TEST(EventLoop, WhatIsDroppedMayPostWhileItIsDestroyed) {
  EventLoop loop("test");
  struct Poster {
    EventLoop& target;
    ~Poster() {
      target.post([] {});
    }
  };
  std::shared_ptr<Poster> poster(new Poster{loop});
  const auto timer = loop.after(1h, [poster] {});
  loop.after(1h, [poster] {});
  poster.reset();
  EXPECT_TRUE(loop.cancel(timer));
  loop.stop();
}

}  // namespace
}  // namespace util
