// Tests which of the services on one PostgreSQL database becomes the leader.
#include "store/leadership.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include "fakes/store_fixture.h"

namespace store {
namespace {

using namespace std::chrono_literals;
using Role = LeadershipStatus::Role;
using testing::HasSubstr;

const Migration first_migration{"test-1", {"CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY)"}};
const Migration second_migration{"test-2", {"ALTER TABLE things ADD COLUMN size BIGINT NOT NULL DEFAULT 7"}};
const std::string self = "pid " + std::to_string(::getpid()) + " on ";

/// One service, reduced to what leadership needs.
class Member {
 public:
  explicit Member(const std::string& url, bool may_lead = true) {
    DatabaseOptions options;
    options.url = url;
    options.readers = options.writers = 1;
    database_ = Database::open(options, {first_migration}).value();
    leadership_ = join_leadership(url, {may_lead, database_->installation_id(), {first_migration}}).value();
    leadership_->start([this](const LeadershipStatus& status) {
      const std::lock_guard lock(mutex_);
      seen_.push_back(status);
      news_.notify_all();
    });
  }
  ~Member() { leadership_->stop(); }

  LeadershipStatus now() {
    const std::lock_guard lock(mutex_);
    return seen_.back();
  }
  bool becomes(Role role) {
    return wait([&] { return seen_.back().role == role; });
  }
  bool was(Role role) {
    return wait([&] {
      return std::any_of(seen_.begin(), seen_.end(), [&](const LeadershipStatus& s) { return s.role == role; });
    });
  }
  bool settles() {
    return wait([&] { return seen_.size() > 1 && seen_.back().role != Role::in_doubt; });
  }

 private:
  template <typename Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return news_.wait_for(lock, 30s, condition);
  }

  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<LeadershipStatus> seen_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Leadership> leadership_;
};

class Leading : public testing::Test {
 protected:
  std::unique_ptr<Member> join(bool may_lead = true) { return std::make_unique<Member>(place_.url(), may_lead); }
  void cut() { fakes::PostgresServer::instance().cut(place_.name()); }
  util::Status open_with(const std::vector<Migration>& migrations) {
    DatabaseOptions options;
    options.url = place_.url();
    options.readers = options.writers = 1;
    const auto opened = Database::open(options, migrations);
    return opened.ok() ? util::Status{} : util::Status(opened.error());
  }

  fakes::TestDatabase place_{Dialect::postgresql};
};

TEST_F(Leading, OneDoesAndTheOthersStandByAndKnowWho) {
  const auto first = join();
  EXPECT_EQ(first->now().role, Role::leader);
  const auto second = join();
  EXPECT_EQ(second->now().role, Role::standby);
  EXPECT_EQ(second->now().why, "another service runs the jobs of this database");
  EXPECT_THAT(second->now().detail, HasSubstr("docker-uws " + self));
  EXPECT_THAT(second->now().detail, HasSubstr(", since 2"));
}

TEST_F(Leading, PassesOnWhenTheLeaderIsGone) {
  auto first = join();
  const auto second = join();
  const auto term = first->now().term;
  first.reset();
  ASSERT_TRUE(second->becomes(Role::leader));
  EXPECT_EQ(second->now().term, term + 1);
}

TEST_F(Leading, IsInDoubtWithoutItsSessionAndGoesOnInTheSameTerm) {
  const auto only = join();
  const auto term = only->now().term;
  cut();
  ASSERT_TRUE(only->was(Role::in_doubt));
  ASSERT_TRUE(only->becomes(Role::leader));
  EXPECT_EQ(only->now().term, term);
}

TEST_F(Leading, IsOnesAfterAllSessionsWereLostAndInAnotherTermWhenItIsAnothers) {
  const auto first = join();
  const auto second = join();
  const auto term = first->now().term;
  cut();
  ASSERT_TRUE(first->settles());
  ASSERT_TRUE(second->settles());
  Member& leader = first->now().role == Role::leader ? *first : *second;
  Member& other = &leader == first.get() ? *second : *first;
  ASSERT_TRUE(leader.becomes(Role::leader));
  ASSERT_TRUE(other.becomes(Role::standby));
  EXPECT_EQ(leader.now().term, &leader == first.get() ? term : term + 1);
}

TEST_F(Leading, IsNotForWhoHasNoEngines) {
  const auto planner = join(false);
  EXPECT_EQ(planner->now().role, Role::standby);
  EXPECT_THAT(planner->now().why, HasSubstr("no engines"));
  EXPECT_EQ(join()->now().role, Role::leader);
}

TEST_F(Leading, KeepsTheSchemaAsItIs) {
  auto running = join();
  const util::Status refused = open_with({first_migration, second_migration});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, util::ErrorCode::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("\"test-2\""));
  EXPECT_THAT(refused.error().message, HasSubstr("another service uses it: docker-uws " + self));
  EXPECT_TRUE(open_with({first_migration}).ok());
  running.reset();
  EXPECT_TRUE(open_with({first_migration, second_migration}).ok());
}

TEST_F(Leading, EndsWhereANewerVersionHasChangedTheSchemaMeanwhile) {
  const auto older = join();
  fakes::PostgresConnection(fakes::PostgresServer::instance().url_of(place_.name()))
      .run("INSERT INTO schema_migrations (name, applied_at) VALUES ('test-9', 0)");
  cut();
  ASSERT_TRUE(older->becomes(Role::standby));
  EXPECT_THAT(older->now().detail, HasSubstr("newer version"));
  EXPECT_THAT(older->now().detail, HasSubstr("test-9"));
}

TEST(LeadingOnSqlite, IsWhoeverHasTheFile) {
  const fakes::TestDatabase place{Dialect::sqlite};
  DatabaseOptions options;
  options.url = place.url();
  const auto database = Database::open(options, {}).value();
  const auto second = Database::open(options, {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, util::ErrorCode::conflict);
  EXPECT_THAT(second.error().message, HasSubstr("is in use: " + self));
  const auto leadership = join_leadership(place.url(), {true, database->installation_id(), {}}).value();
  EXPECT_EQ(leadership->at_first().role, Role::leader);
}

}  // namespace
}  // namespace store
