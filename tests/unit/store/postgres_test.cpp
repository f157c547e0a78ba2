// Tests what happens only with PostgreSQL: transactions that must be repeated, and lost connections.
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "fakes/store_fixture.h"
#include "store/committed_state.h"

namespace store {
namespace {

const std::vector<Migration> numbers_schema{
    {"test-1", {"CREATE TABLE numbers (id BIGINT NOT NULL PRIMARY KEY, value BIGINT NOT NULL)"}}};

class Postgres : public ::testing::Test {
 protected:
  void SetUp() override { open(2); }

  void open(std::size_t threads_of_each_kind) {
    database_.reset();
    DatabaseOptions options;
    options.readers = options.writers = threads_of_each_kind;
    options.url = place_.url();
    auto opened = Database::open(options, numbers_schema);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    database_ = std::move(opened).value();
  }
  static void execute(soci::session& sql, const std::string& statement) { sql << statement; }
  static util::Status insert(Transaction& transaction, int id) {
    transaction.sql() << "INSERT INTO numbers (id, value) VALUES (:id, 0)", soci::use(id);
    return {};
  }
  /// Loses the connection during the first commit that adds a number. A sequence counts the commits, because sequences
  /// are not rolled back.
  static util::Status lose_first_commit(Transaction& transaction) {
    execute(transaction.sql(), "CREATE SEQUENCE commits");
    execute(transaction.sql(),
            "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('commits') = 1 THEN "
            "PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END $$");
    execute(transaction.sql(),
            "CREATE CONSTRAINT TRIGGER leaving AFTER INSERT ON numbers DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION leave()");
    return {};
  }
  int count() {
    const auto rows = try_count();
    EXPECT_TRUE(rows.ok());
    return rows.ok() ? *rows : -1;
  }
  util::Result<int> try_count() {
    return database_->read_now([](Session& session) -> util::Result<int> {
      int rows = 0;
      session.sql() << "SELECT count(*) FROM numbers", soci::into(rows);
      return rows;
    });
  }
  /// Makes five additions that share a commit, and expects that each of them is there exactly once.
  void add_five(const std::function<void()>& before_each) {
    open(1);
    std::atomic<int> done{0};
    std::promise<void> go;
    std::shared_future<void> gate = go.get_future().share();
    for (int id = 0; id < 5; ++id) {
      database_->add(
          [&, gate, id](Transaction& transaction) -> util::Status {
            gate.wait();
            before_each();
            return insert(transaction, id);
          },
          [&](const util::Status& status) { done += status.ok() ? 1 : 0; });
    }
    go.set_value();
    database_->stop();
    EXPECT_EQ(done, 5);
    open(1);
    EXPECT_EQ(count(), 5);
  }
  void cut() { server_.cut(place_.name()); }
  void wait_for_health(bool healthy) {
    for (int i = 0; i < 1000 && database_->healthy() != healthy; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(database_->healthy(), healthy);
  }

  fakes::PostgresServer& server_ = fakes::PostgresServer::instance();
  fakes::TestDatabase place_{Dialect::postgresql};
  std::unique_ptr<Database> database_;
};

TEST_F(Postgres, TheCommittedStateIsTheSameUntilSomethingIsCommitted) {
  const auto state = [this] {
    return *database_->read_now([](Session& session) -> util::Result<std::string> { return committed_state(session); });
  };
  // Other tests commit on this server, too, but not all the time.
  std::string before;
  bool is_same = false;
  for (int i = 0; i < 1000 && !is_same; ++i) {
    const std::string now = state();
    is_same = now == before;
    before = now;
  }
  EXPECT_TRUE(is_same);
  ASSERT_TRUE(database_->write_now([](Transaction& transaction) { return insert(transaction, 1); }).ok());
  EXPECT_NE(state(), before);
}

TEST_F(Postgres, TheCommittedStateOfATransactionIsThatOfItsFirstRead) {
  const auto same = database_->read_now([this](Session& session) -> util::Result<bool> {
    const std::string before = committed_state(session);
    std::async(std::launch::async, [this] {
      EXPECT_TRUE(database_->write_now([](Transaction& transaction) { return insert(transaction, 1); }).ok());
    }).wait();
    return committed_state(session) == before;
  });
  EXPECT_TRUE(*same);
}

constexpr auto raise_serialisation = "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$";

TEST_F(Postgres, ASerialisationFailureIsRunAgainAndOnlyTheLastRunCounts) {
  int runs = 0;
  std::atomic<int> notices{0};
  const auto answer = database_->write_now([&](Transaction& transaction) -> util::Result<int> {
    ++runs;
    transaction.after_commit([&] { ++notices; });
    RETURN_IF_ERROR(insert(transaction, runs));
    if (runs < 3) execute(transaction.sql(), raise_serialisation);
    return runs;
  });
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(*answer, 3);
  EXPECT_EQ(notices, 1);
  EXPECT_EQ(count(), 1);
}

TEST_F(Postgres, RunningAgainHasAnEnd) {
  int runs = 0;
  const auto answer = database_->write_now([&](Transaction& transaction) -> util::Status {
    ++runs;
    execute(transaction.sql(), raise_serialisation);
    return {};
  });
  EXPECT_EQ(answer.error().code, util::ErrorCode::unavailable);
  EXPECT_EQ(runs, 5);
}

TEST_F(Postgres, ADeadlockIsSolved) {
  server_.run("ALTER DATABASE " + place_.name() + " SET deadlock_timeout = '50ms'");
  open(2);
  ASSERT_TRUE(database_->write_now([](Transaction& transaction) { return insert(transaction, 1); }).ok());
  ASSERT_TRUE(database_->write_now([](Transaction& transaction) { return insert(transaction, 2); }).ok());
  std::atomic<int> ready{0};
  const auto both = [&](int first, int second) {
    bool met = false;
    return database_->write_now([&, met](Transaction& transaction) mutable -> util::Status {
      transaction.sql() << "UPDATE numbers SET value = value + 1 WHERE id = :first", soci::use(first);
      if (!met) {
        met = true;
        ++ready;
        while (ready < 2) std::this_thread::yield();
      }
      transaction.sql() << "UPDATE numbers SET value = value + 1 WHERE id = :second", soci::use(second);
      return {};
    });
  };
  auto other = std::async(std::launch::async, [&] { return both(2, 1); });
  EXPECT_TRUE(both(1, 2).ok());
  EXPECT_TRUE(other.get().ok());
}

TEST_F(Postgres, AdditionsThatWaitShareACommit) {
  open(1);
  std::promise<void> go;
  std::shared_future<void> gate = go.get_future().share();
  std::set<long long> commits;
  int done = 0;
  for (int id = 0; id < 20; ++id) {
    database_->add(
        [gate, id](Transaction& transaction) -> util::Result<long long> {
          gate.wait();
          RETURN_IF_ERROR(insert(transaction, id));
          long long commit = 0;
          transaction.sql() << "SELECT txid_current()", soci::into(commit);
          return commit;
        },
        [&](const util::Result<long long>& commit) {
          ASSERT_TRUE(commit.ok());
          commits.insert(*commit);
          ++done;
        });
  }
  go.set_value();
  database_->stop();
  EXPECT_EQ(done, 20);
  EXPECT_LE(commits.size(), 2U);  // the first addition may be alone in its commit, if it began before the others came
}

TEST_F(Postgres, AConnectionLostWhileAdditionsShareACommitIsWorthAnotherRun) {
  std::atomic<int> runs{0};
  add_five([&] {
    if (++runs == 3) cut();
  });
}

TEST_F(Postgres, IdleConnectionsThatWereCutAreMadeAgainUnseen) {
  ASSERT_EQ(count(), 0);
  cut();
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(database_->write_now([&](Transaction& transaction) { return insert(transaction, i); }).ok());
    EXPECT_EQ(count(), i + 1);
  }
}

TEST_F(Postgres, AConnectionLostBeforeTheCommitIsWorthAnotherRun) {
  int runs = 0;
  const auto answer = database_->write_now([&](Transaction& transaction) -> util::Status {
    RETURN_IF_ERROR(insert(transaction, 1));
    if (++runs == 1) cut();
    return insert(transaction, 2);
  });
  EXPECT_TRUE(answer.ok());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(count(), 2);
}

TEST_F(Postgres, AConnectionLostInTheCommitIsWorthAnotherRunOfAdditions) {
  ASSERT_TRUE(database_->write_now(lose_first_commit).ok());
  add_five([] {});
}

TEST_F(Postgres, AConnectionLostInTheCommitOfALoneAdditionIsWorthAnotherRun) {
  ASSERT_TRUE(database_->write_now(lose_first_commit).ok());
  std::promise<bool> added;
  database_->add([](Transaction& transaction) { return insert(transaction, 1); },
                 [&](const util::Status& status) { added.set_value(status.ok()); });
  EXPECT_TRUE(added.get_future().get());
  EXPECT_EQ(count(), 1);
}

TEST_F(Postgres, AConnectionLostInTheCommitIsUnavailableAndNotRunAgain) {
  ASSERT_TRUE(database_->write_now(lose_first_commit).ok());
  int runs = 0;
  int notices = 0;
  const auto answer = database_->write_now([&](Transaction& transaction) -> util::Status {
    ++runs;
    transaction.after_commit([&] { ++notices; });
    return insert(transaction, 1);
  });
  EXPECT_EQ(answer.error().code, util::ErrorCode::unavailable);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(notices, 0);
  EXPECT_EQ(count(), 0);
}

struct Prepared {
  explicit Prepared(soci::session& sql)
      : statement((sql.prepare << "SELECT count(*) FROM numbers", soci::into(rows))) {}
  int rows = -1;
  soci::statement statement;
};

TEST_F(Postgres, PreparedStatementsAreMadeAgainWithTheirConnection) {
  open(1);
  const auto prepared_count = [&] {
    return database_->read_now([](Session& session) -> util::Result<int> {
      auto& prepared = session.local<Prepared>();
      prepared.statement.execute(true);
      return prepared.rows;
    });
  };
  EXPECT_EQ(*prepared_count(), 0);
  cut();
  const auto again = prepared_count();
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again, 0);
}

TEST_F(Postgres, AServerThatIsGoneIsUnavailableAndHealsByItself) {
  open(1);
  EXPECT_TRUE(database_->healthy());
  server_.run("ALTER DATABASE " + place_.name() + " ALLOW_CONNECTIONS false");
  cut();
  EXPECT_EQ(try_count().error().code, util::ErrorCode::unavailable);
  const auto write = database_->write_now([](Transaction& transaction) { return insert(transaction, 1); });
  EXPECT_EQ(write.error().code, util::ErrorCode::unavailable);
  wait_for_health(false);
  server_.run("ALTER DATABASE " + place_.name() + " ALLOW_CONNECTIONS true");
  wait_for_health(true);
  EXPECT_EQ(count(), 0);
}

TEST_F(Postgres, AServerThatIsNotThereIsAnErrorAtOpeningWithoutThePassword) {
  DatabaseOptions options;
  options.url = "postgresql://u:hunter2@/d?host=/nonexistent";
  const auto opened = Database::open(options, numbers_schema);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, util::ErrorCode::unavailable);
  EXPECT_NE(opened.error().message.find("/nonexistent"), std::string::npos);
  EXPECT_EQ(opened.error().message.find("hunter2"), std::string::npos);
}

TEST_F(Postgres, AStatementThatFailedCannotBeIgnored) {
  const auto answer = database_->write_now([](Transaction& transaction) -> util::Status {
    RETURN_IF_ERROR(insert(transaction, 1));
    try {
      return insert(transaction, 1);
    } catch (const soci::soci_error&) {
      return {};  // now COMMIT would roll back without an error
    }
  });
  EXPECT_FALSE(answer.ok());
  EXPECT_EQ(count(), 0);
}

TEST_F(Postgres, ALockKeepsOthersOutUntilTheTransactionEnds) {
  std::atomic<bool> first_done{false};
  std::promise<void> locked;
  std::thread first([&] {
    EXPECT_TRUE(database_
                    ->write_now([&](Transaction& transaction) -> util::Status {
                      transaction.lock("name");
                      locked.set_value();
                      std::this_thread::sleep_for(std::chrono::milliseconds(100));
                      first_done = true;
                      return {};
                    })
                    .ok());
  });
  locked.get_future().wait();
  EXPECT_TRUE(database_
                  ->write_now([&](Transaction& transaction) -> util::Status {
                    transaction.lock("another name");
                    EXPECT_FALSE(first_done);
                    transaction.lock("name");
                    EXPECT_TRUE(first_done);
                    return {};
                  })
                  .ok());
  first.join();
}

}  // namespace
}  // namespace store
