#include "store/url.h"

#include <gtest/gtest.h>

namespace store {
namespace {

TEST(DatabaseUrl, SqliteNamesAnAbsoluteFile) {
  const auto url = parse_database_url("sqlite3:///var/lib/x/y.db");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->dialect, Dialect::sqlite);
  EXPECT_EQ(url->path, "/var/lib/x/y.db");
  EXPECT_EQ(url->shown, "sqlite3:///var/lib/x/y.db");
}

TEST(DatabaseUrl, SqlitePathsArePercentDecoded) {
  EXPECT_EQ(parse_database_url("sqlite3:///a%20b/c=d.db")->path, "/a b/c=d.db");
}

TEST(DatabaseUrl, PostgresqlIsShownWithoutItsPassword) {
  const auto url = parse_database_url("postgresql://fred:s3cr%40t@db.example:5433/jobs?sslmode=require");
  ASSERT_TRUE(url.ok()) << url.error().message;
  EXPECT_EQ(url->dialect, Dialect::postgresql);
  EXPECT_EQ(url->shown, "postgresql://fred@db.example:5433/jobs");
  EXPECT_NE(url->connect.find("password='s3cr@t'"), std::string::npos);
  EXPECT_NE(url->connect.find("sslmode='require'"), std::string::npos);
  EXPECT_NE(url->connect.find("connect_timeout='10'"), std::string::npos);
}

TEST(DatabaseUrl, PostgresqlHasAShortName) {
  EXPECT_EQ(parse_database_url("postgres://u@h/d")->shown, "postgresql://u@h/d");
}

TEST(DatabaseUrl, WhatTheUrlSaysGoesBeforeOurDefaults) {
  const auto url = parse_database_url("postgresql://h/d?connect_timeout=3");
  ASSERT_TRUE(url.ok());
  EXPECT_NE(url->connect.find("connect_timeout='3'"), std::string::npos);
  EXPECT_EQ(url->connect.find("connect_timeout='10'"), std::string::npos);
}

TEST(DatabaseUrl, QuotesInValuesCannotAddOptions) {
  const auto url = parse_database_url("postgresql://u:p%27%20host%3Devil@h/d");
  ASSERT_TRUE(url.ok());
  EXPECT_NE(url->connect.find(R"(password='p\' host=evil')"), std::string::npos);
}

TEST(DatabaseUrl, ThePasswordIsTakenOutOfWhatLibrariesSay) {
  const auto url = parse_database_url("postgresql://u:hunter2@h/d");
  EXPECT_EQ(url->without_password("bad hunter2\nand hunter2 again\n"), "bad *** and *** again");
}

class RefusedUrl : public ::testing::TestWithParam<const char*> {};

TEST_P(RefusedUrl, SaysWhatWouldBeAcceptedAndNothingSecret) {
  const auto url = parse_database_url(GetParam());
  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.error().code, util::ErrorCode::invalid_argument);
  ASSERT_EQ(url.error().faults.size(), 1U);
  EXPECT_FALSE(url.error().faults[0].reason.empty());
  EXPECT_FALSE(url.error().faults[0].accepted.empty());
  EXPECT_EQ(url.error().message.find("secret"), std::string::npos) << url.error().message;
}

INSTANTIATE_TEST_SUITE_P(DatabaseUrl, RefusedUrl,
                         ::testing::Values("", "mysql://secret@h/d", "sqlite3:", "sqlite3://", "sqlite3://relative.db",
                                           "sqlite3:///folder/", "sqlite3:///a.db?mode=ro", "sqlite3:///a\".db",
                                           "sqlite3:///a%00.db", "sqlite3:///a%2", "sqlite3:///a\n.db",
                                           "postgresql://u:sec@secret@h/d", "postgresql://u:x/secret@h/d",
                                           "postgresql://u:x?secret@h/d", "postgresql://u:secret%zz@h/d",
                                           "postgresql://u:secret@[::1/d", "postgresql://u:secret@h/d?pasword=secret",
                                           "postgresql://u:secret@[::1]x/d"));

TEST(DatabaseUrl, AnUnknownOptionIsNamed) {
  const auto url = parse_database_url("postgresql://u:secret@h/d?ssl_mode=require");
  ASSERT_FALSE(url.ok());
  EXPECT_NE(url.error().message.find("ssl_mode"), std::string::npos) << url.error().message;
}

TEST(DatabaseUrl, AVeryLongOneIsRefused) {
  EXPECT_FALSE(parse_database_url("sqlite3:///" + std::string(5000, 'a')).ok());
}

}  // namespace
}  // namespace store
