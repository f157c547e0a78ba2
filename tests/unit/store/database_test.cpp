#include "store/database.h"

#include <atomic>
#include <future>
#include <limits>
#include <map>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "fakes/store_fixture.h"
#include "store/batch.h"

namespace store {
namespace {

const std::vector<Migration> schema{
    {"test-1", {"CREATE TABLE numbers (id TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL)"}}};

util::Status insert(Transaction& transaction, const std::string& id, std::int64_t value) {
  transaction.sql() << "INSERT INTO numbers (id, value) VALUES (:id, :value)", soci::use(id), soci::use(value);
  return {};
}

util::Result<std::int64_t> value_of(Session& session, const std::string& id) {
  std::int64_t value = 0;
  session.sql() << "SELECT value FROM numbers WHERE id = :id", soci::use(id), soci::into(value);
  if (!session.sql().got_data()) return util::Error::of(util::ErrorCode::not_found, "no number");
  return value;
}

class DatabaseTest : public fakes::StoreTest {
 protected:
  void SetUp() override { open(schema); }

  util::Status put(const std::string& id, std::int64_t value) {
    return database().write_now([&](Transaction& transaction) { return insert(transaction, id, value); });
  }
  util::Result<std::int64_t> get(const std::string& id) {
    return database().read_now([&](Session& session) { return value_of(session, id); });
  }
  template <typename Work>
  auto read_statement(Work work) {
    using Answer = decltype(work(std::declval<Session&>()));
    std::promise<Answer> answer;
    database().read_statement(std::move(work), [&](Answer given) { answer.set_value(std::move(given)); });
    return answer.get_future().get();
  }
};
FOR_BOTH_DATABASES(DatabaseTest);

TEST_P(DatabaseTest, WhatWasWrittenIsRead) {
  const auto large = std::numeric_limits<std::int64_t>::max();
  ASSERT_TRUE(put("a", large).ok());
  EXPECT_EQ(*get("a"), large);
  EXPECT_EQ(get("b").error().code, util::ErrorCode::not_found);
  EXPECT_TRUE(database().healthy());
  EXPECT_EQ(database().dialect(), GetParam());
}

TEST_P(DatabaseTest, AnErrorRollsTheWorkBackAndIsItsAnswer) {
  const auto answer = database().write_now([](Transaction& transaction) -> util::Result<int> {
    EXPECT_TRUE(insert(transaction, "a", 1).ok());
    return util::Error::of(util::ErrorCode::too_many, "enough");
  });
  EXPECT_EQ(answer.error().code, util::ErrorCode::too_many);
  EXPECT_EQ(answer.error().message, "enough");
  EXPECT_FALSE(get("a").ok());
}

TEST_P(DatabaseTest, AnExceptionRollsTheWorkBackAndStaysInside) {
  const auto answer = database().write_now([](Transaction& transaction) -> util::Status {
    EXPECT_TRUE(insert(transaction, "a", 1).ok());
    throw std::runtime_error("the inner life");
  });
  EXPECT_EQ(answer.error().code, util::ErrorCode::internal);
  EXPECT_EQ(answer.error().message.find("inner life"), std::string::npos);
  EXPECT_FALSE(get("a").ok());
  EXPECT_TRUE(put("a", 2).ok());
}

TEST_P(DatabaseTest, ADuplicateKeyIsAConflict) {
  ASSERT_TRUE(put("a", 1).ok());
  const auto again = put("a", 2);
  EXPECT_EQ(again.error().code, util::ErrorCode::conflict);
  EXPECT_EQ(again.error().message.find("numbers"), std::string::npos);
  EXPECT_EQ(*get("a"), 1);
  EXPECT_TRUE(database().healthy());
}

TEST_P(DatabaseTest, BadSqlIsInternalAndNotShown) {
  const auto write = database().write_now([](Transaction& transaction) -> util::Status {
    transaction.sql() << "INSERT INTO nowhere VALUES (1)";
    return {};
  });
  EXPECT_EQ(write.error().code, util::ErrorCode::internal);
  EXPECT_EQ(write.error().message.find("nowhere"), std::string::npos);
  const auto read = database().read_now([](Session& session) -> util::Status {
    session.sql() << "SELECT nonsense FROM numbers";
    return {};
  });
  EXPECT_EQ(read.error().code, util::ErrorCode::internal);
  EXPECT_TRUE(put("a", 1).ok());
  EXPECT_TRUE(get("a").ok());
}

TEST_P(DatabaseTest, AReadCannotWrite) {
  const auto work = [](Session& session) -> util::Status {
    session.sql() << "INSERT INTO numbers (id, value) VALUES ('a', 1)";
    return {};
  };
  EXPECT_EQ(database().read_now(work).error().code, util::ErrorCode::internal);
  EXPECT_EQ(read_statement(work).error().code, util::ErrorCode::internal);
  EXPECT_FALSE(get("a").ok());
}

TEST_P(DatabaseTest, EachStatementOfALookSeesItsOwnMoment) {
  const auto both = read_statement([&](Session& session) -> util::Result<bool> {
    EXPECT_FALSE(value_of(session, "a").ok());
    EXPECT_TRUE(put("a", 1).ok());  // the writer's thread commits it during this read
    return value_of(session, "a").ok();
  });
  EXPECT_TRUE(*both);
  EXPECT_FALSE(read_statement([](Session& session) { return value_of(session, "b"); }).ok());
}

TEST_P(DatabaseTest, OneReadSeesOneMoment) {
  ASSERT_TRUE(put("a", 1).ok());
  const auto both = database().read_now([&](Session& session) -> util::Result<bool> {
    EXPECT_TRUE(value_of(session, "a").ok());
    EXPECT_TRUE(put("b", 2).ok());  // the writer's thread commits it during this read
    return value_of(session, "b").ok();
  });
  EXPECT_FALSE(*both);
  EXPECT_TRUE(get("b").ok());
}

struct LastNumber {
  explicit LastNumber(soci::session& sql)
      : statement((sql.prepare << "SELECT value FROM numbers ORDER BY value DESC", soci::into(value))) {}
  std::int64_t value = -1;
  soci::statement statement;
};

TEST_P(DatabaseTest, AStatementThatIsNotReadToItsEndKeepsNoOldView) {
  DatabaseOptions options;
  options.readers = 1;
  open(schema, options);
  ASSERT_TRUE(put("a", 1).ok());
  ASSERT_TRUE(put("b", 2).ok());
  const auto last = [](Session& session) -> util::Result<std::int64_t> {
    auto& number = session.local<LastNumber>();
    number.statement.execute(true);
    return number.value;
  };
  EXPECT_EQ(*database().read_now(last), 2);
  ASSERT_TRUE(put("c", 3).ok());
  EXPECT_EQ(*get("c"), 3);
  EXPECT_EQ(*read_statement(last), 3);
  ASSERT_TRUE(put("d", 4).ok());
  EXPECT_EQ(*read_statement(last), 4);
}

TEST_P(DatabaseTest, NoticesComeAfterTheCommitInOrderAndBeforeTheAnswer) {
  std::vector<std::string> seen;
  std::promise<void> answered;
  database().write(
      [&](Transaction& transaction) -> util::Status {
        transaction.after_commit([&] { seen.push_back(get("a").ok() ? "first, committed" : "first, too early"); });
        transaction.after_commit([&] { seen.push_back("second"); });
        return insert(transaction, "a", 1);
      },
      [&](const util::Status& status) {
        seen.push_back(status.ok() ? "answer" : status.error().message);
        answered.set_value();
      });
  answered.get_future().wait();
  EXPECT_EQ(seen, (std::vector<std::string>{"first, committed", "second", "answer"}));
}

TEST_P(DatabaseTest, NoticesOfWhatWasRolledBackAreDropped) {
  std::atomic<int> notices{0};
  const auto work = [&](bool thrown) {
    return database().write_now([&](Transaction& transaction) -> util::Status {
      transaction.after_commit([&] { ++notices; });
      if (thrown) throw std::runtime_error("no");
      return util::Error::of(util::ErrorCode::forbidden, "no");
    });
  };
  EXPECT_FALSE(work(true).ok());
  EXPECT_FALSE(work(false).ok());
  ASSERT_TRUE(put("a", 1).ok());
  EXPECT_EQ(notices, 0);
}

TEST_P(DatabaseTest, CallbacksThatThrowHarmNobody) {
  std::promise<void> answered;
  database().write(
      [](Transaction& transaction) -> util::Status {
        transaction.after_commit([] { throw std::runtime_error("a notice"); });
        return insert(transaction, "a", 1);
      },
      [&](const util::Status&) {
        answered.set_value();
        throw std::runtime_error("an answer");
      });
  answered.get_future().wait();
  std::atomic<int> answers{0};
  database().read([](Session&) -> util::Status { return {}; },
                  [&](const util::Status&) {
                    ++answers;
                    throw 42;
                  });
  EXPECT_TRUE(put("b", 2).ok());
  EXPECT_EQ(*get("a"), 1);
  close();
  EXPECT_EQ(answers, 1);
}

TEST_P(DatabaseTest, AFullQueueAnswersAtOnce) {
  DatabaseOptions options;
  options.readers = 1;
  options.writers = 1;
  options.longest_queue = 2;
  open(schema, options);
  std::promise<void> go;
  std::shared_future<void> gate = go.get_future().share();
  std::atomic<int> started{0};
  std::atomic<int> done{0};
  const auto block = [&](auto&) -> util::Status {
    ++started;
    gate.wait();
    return {};
  };
  const auto count = [&](const util::Status& status) { done += status.ok() ? 1 : 0; };
  const auto fill = [&](auto post, int running) {
    post(block, count);
    while (started < running) std::this_thread::yield();
    post(block, count);
    post(block, count);
    util::ErrorCode refused{};
    post(block, [&](const util::Status& status) { refused = status.error().code; });
    EXPECT_EQ(refused, util::ErrorCode::unavailable);
  };
  fill([&](auto work, auto answer) { database().read([work](Session& s) { return work(s); }, answer); }, 1);
  fill([&](auto work, auto answer) { database().write([work](Transaction& t) { return work(t); }, answer); }, 2);
  go.set_value();
  database().stop();
  EXPECT_EQ(done, 6);
}

TEST_P(DatabaseTest, AnAdditionThatFailsHarmsNoOther) {
  DatabaseOptions options;
  options.writers = 1;
  ASSERT_TRUE(put("taken", 0).ok());
  for (const std::string bad : {"taken", "refused"}) {
    open(schema, options);
    std::promise<void> go;
    std::shared_future<void> gate = go.get_future().share();
    std::map<std::string, util::Status> answers;  // without a mutex: only one thread writes to it
    std::vector<std::string> noticed;
    const std::vector<std::string> good{bad + "-a", bad + "-b", bad + "-c"};
    for (const std::string& id : {good[0], good[1], bad, good[2]}) {
      database().add(
          [&, gate, id](Transaction& transaction) -> util::Status {
            gate.wait();
            RETURN_IF_ERROR(insert(transaction, id, 1));
            transaction.after_commit([&noticed, id] { noticed.push_back(id); });
            if (id == "refused") return util::Error::of(util::ErrorCode::too_many, "enough");
            return {};
          },
          [&answers, id](const util::Status& status) { answers[id] = status; });
    }
    go.set_value();
    database().stop();

    ASSERT_EQ(answers.size(), 4U) << bad;
    EXPECT_FALSE(answers[bad].ok()) << bad;
    EXPECT_EQ(noticed, good);
    open(schema);
    for (const std::string& id : good) EXPECT_EQ(*get(id), 1) << id;
  }
  EXPECT_EQ(*get("taken"), 0);
  EXPECT_FALSE(get("refused").ok());
}

/// Inserts the rows of several additions together. Counts how often it writes.
class Rows : public Batch {
 public:
  void add(const std::string& id) { ids_.push_back(id); }
  void write(Session& session) override {
    ++written();
    for (const std::string& id : ids_) {
      if (id == "bad") throw std::runtime_error("a row that cannot be written");
      session.sql() << "INSERT INTO numbers (id, value) VALUES (:id, 1)", soci::use(id);
    }
  }
  static std::atomic<int>& written() {
    static std::atomic<int> count = 0;
    return count;
  }

 private:
  std::vector<std::string> ids_;
};

TEST_P(DatabaseTest, AdditionsThatShareACommitWriteWhatTheyHandOverOnce) {
  DatabaseOptions options;
  options.writers = 1;
  for (const std::string last : {"fine", "bad"}) {
    open(schema, options);
    std::promise<void> go;
    std::shared_future<void> gate = go.get_future().share();
    std::map<std::string, util::Status> answers;  // without a mutex: only one thread writes to it
    const std::vector<std::string> ids{last + "-a", last + "-b", last + "-c", last};
    Rows::written() = 0;
    std::atomic<bool> first_runs{false};
    const auto add = [&](const std::string& id) {
      database().add(
          [&, gate, id](Transaction& transaction) -> util::Status {
            first_runs = true;
            gate.wait();
            batch<Rows>(transaction).add(id);
            return {};
          },
          [&answers, id](const util::Status& status) { answers[id] = status; });
    };
    add(ids[0]);
    while (!first_runs) std::this_thread::yield();  // so it is alone in its commit, and the others share the next one
    for (std::size_t i = 1; i < ids.size(); ++i) add(ids[i]);
    go.set_value();
    database().stop();

    ASSERT_EQ(answers.size(), 4U);
    open(schema);
    for (const std::string& id : ids) {
      EXPECT_EQ(answers[id].ok(), id != "bad") << id;
      EXPECT_EQ(get(id).ok(), id != "bad") << id;
    }
    if (last == "fine") {
      EXPECT_EQ(Rows::written(), 2);
    }
  }
}

TEST_P(DatabaseTest, StopFinishesWhatIsQueuedAndThenTakesNoMore) {
  std::atomic<int> done{0};
  for (int i = 0; i < 50; ++i) {
    database().write([i](Transaction& transaction) { return insert(transaction, std::to_string(i), i); },
                     [&](const util::Status& status) { done += status.ok() ? 1 : 0; });
  }
  database().stop();
  EXPECT_EQ(done, 50);
  EXPECT_EQ(put("late", 1).error().code, util::ErrorCode::unavailable);
  EXPECT_EQ(get("0").error().code, util::ErrorCode::unavailable);
}

TEST_P(DatabaseTest, WritersUnderOneLockLoseNothing) {
  ASSERT_TRUE(put("sum", 0).ok());
  const auto add_one = [&] {
    for (int i = 0; i < 25; ++i) {
      EXPECT_TRUE(database()
                      .write_now([](Transaction& transaction) -> util::Status {
                        transaction.lock("sum");
                        const std::int64_t next = *value_of(transaction.session(), "sum") + 1;
                        transaction.sql() << "UPDATE numbers SET value = :next WHERE id = 'sum'", soci::use(next);
                        return {};
                      })
                      .ok());
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(add_one);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*get("sum"), 100);
}

TEST_P(DatabaseTest, AnswersMayBeMovedOnly) {
  const auto answer =
      database().write_now([](Transaction&) -> util::Result<std::unique_ptr<int>> { return std::make_unique<int>(3); });
  EXPECT_EQ(**answer, 3);
}

}  // namespace
}  // namespace store
