// Tests the announcements between services on one PostgreSQL database.
#include "store/announcements.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/store_fixture.h"

namespace store {
namespace {

using namespace std::chrono_literals;

/// Records the announcements that one service receives.
class Ear {
 public:
  Announcements::Listener listener() {
    return {[this](const std::string& word) { note([&] { heard_.insert(word), ++count_; }); },
            [this] { note([&] { ++missed_; }); }};
  }
  bool hears(const std::string& word) {
    return wait([&] { return heard_.contains(word); });
  }
  bool hears_of(std::size_t words) {
    return wait([&] { return heard_.size() == words; });
  }
  bool misses() {
    return wait([&] { return missed_ > 0; });
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  template <typename Act>
  void note(Act act) {
    const std::lock_guard lock(mutex_);
    act();
    news_.notify_all();
  }
  template <typename Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return news_.wait_for(lock, 30s, condition);
  }

  std::mutex mutex_;
  std::condition_variable news_;
  std::set<std::string> heard_;
  std::size_t count_ = 0;
  int missed_ = 0;
};

class Announcing : public ::testing::Test {
 protected:
  /// Adds a service. When this returns, the service is ready to receive announcements.
  std::unique_ptr<Announcements> join(Ear& ear) {
    DatabaseOptions options;
    options.url = place_.url();
    databases_.push_back(Database::open(options, {}).value());
    auto joined = databases_.back()->announcements("test", ear.listener());
    for (int i = 0; i < 300 && listening() < databases_.size(); ++i) std::this_thread::sleep_for(100ms);
    return joined;
  }
  std::size_t listening() {
    return static_cast<std::size_t>(*databases_.front()->read_now([](Session& session) -> util::Result<int> {
      int count = 0;
      session.sql()
          << "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
          soci::into(count);
      return count;
    }));
  }

  fakes::TestDatabase place_{Dialect::postgresql};
  std::vector<std::unique_ptr<Database>> databases_;
  Ear here_, there_;
};

TEST_F(Announcing, TheOthersHearAndNotOneself) {
  const auto here = join(here_);
  const auto there = join(there_);
  here->announce("one");
  EXPECT_TRUE(there_.hears("one"));
  there->announce("two");
  EXPECT_TRUE(here_.hears("two"));
  EXPECT_EQ(here_.count(), 1U);
  EXPECT_EQ(there_.count(), 1U);
}

TEST_F(Announcing, ManyWordsAreHeardEach) {
  const auto there = join(there_);
  const auto here = join(here_);
  for (int i = 0; i < 5000; ++i) here->announce("a-word-of-some-length-" + std::to_string(i));
  EXPECT_TRUE(there_.hears_of(5000));
}

TEST_F(Announcing, WhatIsToldBeforeTheEndIsHeard) {
  const auto there = join(there_);
  auto here = join(here_);
  here->announce("last");
  here->stop();
  here->announce("never");
  EXPECT_TRUE(there_.hears("last"));
  EXPECT_EQ(there_.count(), 1U);
}

TEST_F(Announcing, ALostConnectionMayHaveMissedSomething) {
  const auto here = join(here_);
  const auto there = join(there_);
  fakes::PostgresServer::instance().cut(place_.name());
  EXPECT_TRUE(here_.misses());
  EXPECT_TRUE(there_.misses());
  here->announce("again");
  EXPECT_TRUE(there_.hears("again"));
}

TEST(AnnouncingOnSqlite, NobodyElseIsThere) {
  const fakes::TestDatabase place{Dialect::sqlite};
  DatabaseOptions options;
  options.url = place.url();
  const auto database = Database::open(options, {}).value();
  Ear ear;
  const auto announcements = database->announcements("test", ear.listener());
  announcements->announce("one");
  announcements->stop();
  EXPECT_EQ(ear.count(), 0U);
}

}  // namespace
}  // namespace store
