#include <thread>

#include <gtest/gtest.h>

#include "fakes/store_fixture.h"
#include "store/blob_file.h"

namespace store {
namespace {

const Migration first{"test-1", {"CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY)"}};
const Migration second{"test-2",
                       {"ALTER TABLE things ADD COLUMN size BIGINT NOT NULL DEFAULT 7",
                        "INSERT INTO things (id) VALUES ('made by test-2')"}};
const Migration broken{"test-3", {"CREATE TABLE more (id TEXT)", "CREATE GIBBERISH"}};

class Migrations : public fakes::StoreTest {
 protected:
  util::Error refused(const std::vector<Migration>& migrations) {
    close();
    DatabaseOptions options;
    options.url = place().url();
    auto opened = Database::open(options, migrations);
    EXPECT_FALSE(opened.ok());
    return opened.ok() ? util::Error{} : opened.error();
  }
  int count(const std::string& table) {
    const auto rows = database().read_now([&](Session& session) -> util::Result<int> {
      int number = 0;
      session.sql() << "SELECT count(*) FROM " << table, soci::into(number);
      return number;
    });
    return rows.ok() ? *rows : -1;
  }
};
FOR_BOTH_DATABASES(Migrations);

TEST_P(Migrations, AreAppliedInOrderAndOnce) {
  open({first, second});
  EXPECT_EQ(count("things"), 1);
  open({first, second});
  EXPECT_EQ(count("things"), 1);
}

TEST_P(Migrations, ThatAreMissingAreAddedLater) {
  open({first});
  EXPECT_EQ(count("things"), 0);
  open({first, second});
  EXPECT_EQ(count("things"), 1);
}

TEST_P(Migrations, OfANewerProgramAreRefusedByName) {
  open({first, second});
  const util::Error error = refused({first});
  EXPECT_EQ(error.code, util::ErrorCode::unsupported);
  EXPECT_NE(error.message.find("newer version"), std::string::npos);
  EXPECT_NE(error.message.find("test-2"), std::string::npos);
}

TEST_P(Migrations, ThatFailLeaveNothingOfThatStart) {
  open({first});
  const util::Error error = refused({first, second, broken});
  EXPECT_EQ(error.code, util::ErrorCode::internal);
  EXPECT_NE(error.message.find("GIBBERISH"), std::string::npos) << error.message;
  open({first});
  EXPECT_EQ(count("things"), 0);
  EXPECT_EQ(count("more"), -1);
}

TEST_P(Migrations, MakeAnInstallationIdThatStays) {
  open({});
  const std::string id = database().installation_id();
  EXPECT_TRUE(is_blob_id(id)) << id;  // ids of installations and of blobs have the same format
  open({first});
  EXPECT_EQ(database().installation_id(), id);
}

TEST_P(Migrations, OfSeveralStartsAtOnceAreAppliedOnce) {
  DatabaseOptions options;
  options.url = place().url();
  options.readers = 1;
  options.writers = 1;
  std::vector<std::string> ids(4);
  std::vector<std::thread> starts;
  for (std::string& id : ids) {
    starts.emplace_back([&] {
      for (;;) {
        auto opened = Database::open(options, {first, second});
        id = opened.ok() ? (*opened)->installation_id() : opened.error().message;
        if (opened.ok() || opened.error().code != util::ErrorCode::conflict) return;
        std::this_thread::yield();  // an SQLite file can be open only once at a time, so the others try again
      }
    });
  }
  for (std::thread& start : starts) start.join();
  EXPECT_TRUE(is_blob_id(ids[0])) << ids[0];
  EXPECT_EQ(ids, std::vector<std::string>(4, ids[0]));
  open({first, second});
  EXPECT_EQ(count("things"), 1);
}

}  // namespace
}  // namespace store
