// Tests what exists only with SQLite: its file, its pragmas, and the single writer that commits several works together.
#include <algorithm>
#include <cstdio>
#include <future>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "fakes/store_fixture.h"

namespace store {
namespace {

const std::vector<Migration> texts_schema{
    {"test-1", {"CREATE TABLE texts (id BIGINT NOT NULL PRIMARY KEY, text TEXT NOT NULL)"}}};

util::Status insert(Transaction& transaction, int id, const std::string& text = "x") {
  transaction.sql() << "INSERT INTO texts (id, text) VALUES (:id, :text)", soci::use(id), soci::use(text);
  return {};
}

class Sqlite : public ::testing::Test {
 protected:
  void SetUp() override { open(); }

  void open(const std::string& file = "deep/er/test.db") {
    DatabaseOptions options;
    database_.reset();
    options.url = "sqlite3://" + folder_ / file;
    auto opened = Database::open(options, texts_schema);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    database_ = std::move(opened).value();
  }
  int mode_of(const std::string& name) {
    struct stat there {};
    EXPECT_EQ(::stat((folder_ / name).c_str(), &there), 0) << name;
    return static_cast<int>(there.st_mode & 07777U);
  }
  int count() {
    return *database_->read_now([](Session& session) -> util::Result<int> {
      int rows = 0;
      session.sql() << "SELECT count(*) FROM texts", soci::into(rows);
      return rows;
    });
  }
  util::Status execute(const std::string& statement) {
    return database_->write_now([&](Transaction& transaction) -> util::Status {
      transaction.sql() << statement;
      return {};
    });
  }

  fakes::TempFolder folder_;
  std::unique_ptr<Database> database_;
};

TEST_F(Sqlite, ItsFilesAreForThisUserOnly) {
  EXPECT_EQ(mode_of("deep"), 0700);
  EXPECT_EQ(mode_of("deep/er"), 0700);
  EXPECT_EQ(mode_of("deep/er/test.db"), 0600);
  EXPECT_EQ(mode_of("deep/er/test.db-wal"), 0600);
}

TEST_F(Sqlite, PathsMayHaveBlanksAndEqualsSigns) {
  open("a b  c=d.db");
  EXPECT_EQ(mode_of("a b  c=d.db"), 0600);
}

TEST_F(Sqlite, AFolderThatCannotBeMadeIsAnError) {
  DatabaseOptions options;
  options.url = "sqlite3://" + folder_ / "deep/er/test.db/below.db";
  const auto opened = Database::open(options, texts_schema);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("not a folder"), std::string::npos) << opened.error().message;
}

TEST_F(Sqlite, AFileThatIsNoDatabaseIsAnError) {
  const std::string path = folder_ / "letter.txt";
  std::FILE* file = std::fopen(path.c_str(), "w");
  for (int i = 0; i < 100; ++i) std::fputs("Dear sir, this is not a database.\n", file);
  std::fclose(file);
  DatabaseOptions options;
  options.url = "sqlite3://" + path;
  const auto opened = Database::open(options, texts_schema);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("not a database"), std::string::npos) << opened.error().message;
}

TEST_F(Sqlite, EveryConnectionHasItsPragmas) {
  const auto check = [](Session& session) -> util::Status {
    const auto pragma = [&](const std::string& name) {
      std::string value;
      session.sql() << "PRAGMA " << name, soci::into(value);
      return value;
    };
    EXPECT_EQ(pragma("journal_mode"), "wal");
    EXPECT_EQ(pragma("synchronous"), "2");
    EXPECT_EQ(pragma("busy_timeout"), "10000");
    EXPECT_EQ(pragma("foreign_keys"), "1");
    return {};
  };
  EXPECT_TRUE(database_->read_now(check).ok());
  EXPECT_TRUE(database_->write_now([&](Transaction& transaction) { return check(transaction.session()); }).ok());
}

/// Blocks the writer, so that everything that is posted meanwhile becomes one group.
class Gate {
 public:
  explicit Gate(Database& database) {
    std::promise<void> entered;
    auto inside = entered.get_future();
    database.write(
        [&entered, leave = leave_.get_future().share()](Transaction&) -> util::Status {
          entered.set_value();
          leave.wait();
          return {};
        },
        [](const util::Status&) {});
    inside.wait();
  }
  void open() { leave_.set_value(); }

 private:
  std::promise<void> leave_;
};

TEST_F(Sqlite, WaitingWritesShareOneCommitAndThoseThatFailFailAlone) {
  Gate gate(*database_);
  std::vector<std::string> seen;
  const auto post = [&](int id, bool good) {
    database_->write(
        [&seen, id, good](Transaction& transaction) -> util::Status {
          seen.push_back("work " + std::to_string(id));
          transaction.after_commit([&seen, id] { seen.push_back("notice " + std::to_string(id)); });
          RETURN_IF_ERROR(insert(transaction, id));
          if (!good) throw std::runtime_error("broken");
          return {};
        },
        [&seen, id](const util::Status& status) {
          seen.push_back((status.ok() ? "done " : "failed ") + std::to_string(id));
        });
  };
  post(1, true);
  post(2, false);
  post(1, true);  // fails, as it has the same key as the first
  post(3, true);
  gate.open();
  database_->stop();
  EXPECT_EQ(seen, (std::vector<std::string>{"work 1", "work 2", "work 1", "work 3", "notice 1", "notice 3", "done 1",
                                            "failed 2", "failed 1", "done 3"}));
  open();
  EXPECT_EQ(count(), 2);
}

TEST_F(Sqlite, AWorkThatEndsTheTransactionFailsItsGroupAndNoMore) {
  Gate gate(*database_);
  int failed = 0;
  const auto answer = [&](const util::Status& status) { failed += status.ok() ? 0 : 1; };
  database_->write([](Transaction& transaction) { return insert(transaction, 1); }, answer);
  database_->write(
      [](Transaction& transaction) -> util::Status {
        transaction.sql() << "ROLLBACK";
        return {};
      },
      answer);
  gate.open();
  while (!execute("DELETE FROM texts WHERE id = 2").ok()) continue;  // the first of these may still join the group
  EXPECT_EQ(failed, 2);
  EXPECT_EQ(count(), 0);
}

TEST_F(Sqlite, AFullDiskIsUnavailableAndUnhealthyUntilThereIsRoom) {
  ASSERT_TRUE(execute("PRAGMA max_page_count = 20").ok());
  const std::string large(200'000, 'x');
  const auto full = database_->write_now([&](Transaction& transaction) { return insert(transaction, 1, large); });
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, util::ErrorCode::unavailable);
  EXPECT_NE(full.error().message.find("no space left"), std::string::npos);
  EXPECT_TRUE(full.error().retry_after);
  while (database_->healthy()) std::this_thread::yield();  // the state changes shortly after the answer

  ASSERT_TRUE(execute("PRAGMA max_page_count = 100000").ok());
  EXPECT_TRUE(database_->write_now([&](Transaction& transaction) { return insert(transaction, 1, large); }).ok());
  while (!database_->healthy()) std::this_thread::yield();
  EXPECT_EQ(count(), 1);
}

TEST_F(Sqlite, AFullDiskFailsOnlyTheWritesThatNeedRoom) {
  ASSERT_TRUE(execute("PRAGMA max_page_count = 20").ok());
  Gate gate(*database_);
  std::vector<bool> answers;
  const auto post = [&](int id, std::size_t size) {
    database_->write([id, size](Transaction& transaction) { return insert(transaction, id, std::string(size, 'x')); },
                     [&](const util::Status& status) { answers.push_back(status.ok()); });
  };
  post(1, 10);
  post(2, 200'000);
  post(3, 10);
  gate.open();
  database_->stop();
  EXPECT_EQ(answers.size(), 3U);
  EXPECT_FALSE(answers[1]);
  open();
  EXPECT_EQ(count(), static_cast<int>(std::count(answers.begin(), answers.end(), true)));
}

TEST_F(Sqlite, ADatabaseThatIsBackIsHealthyWithoutAnybodyAsking) {
  ASSERT_TRUE(execute("PRAGMA max_page_count = 20").ok());
  const std::string large(200'000, 'x');
  EXPECT_FALSE(database_->write_now([&](Transaction& transaction) { return insert(transaction, 1, large); }).ok());
  // To check the database, the writer only changes an existing row, for which there is room.
  for (int i = 0; i < 1000 && !database_->healthy(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(database_->healthy());
}

}  // namespace
}  // namespace store
