// Databases for tests. Each test gets an empty SQLite file or an empty PostgreSQL database, which is removed or emptied
// at the end of the test.
//
//   class JobTable : public fakes::StoreTest {
//    protected:
//     void SetUp() override { open(uws::migrations()); }
//   };
//   FOR_BOTH_DATABASES(JobTable);
//   TEST_P(JobTable, IsEmptyAtFirst) { EXPECT_TRUE(database().read_now(...)); }
//
// Such tests must run under scripts/with-postgres (the keyword POSTGRES in duws_unit_test). Otherwise those on
// PostgreSQL fail.
#pragma once

#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <libpq-fe.h>

#include "fakes/temp_folder.h"
#include "store/database.h"
#include "util/random.h"

namespace fakes {

/// A plain connection to PostgreSQL, independent of the code under test.
class PostgresConnection {
 public:
  explicit PostgresConnection(const std::string& url) : connection_(::PQconnectdb(url.c_str())) {
    if (::PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(::PQerrorMessage(connection_.get()));
    run("SET client_min_messages = error; SET synchronous_commit = off");
  }

  void run(const std::string& statements) {
    const std::unique_ptr<PGresult, Clear> result(::PQexec(connection_.get(), statements.c_str()));
    const ExecStatusType status = ::PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw std::runtime_error(::PQerrorMessage(connection_.get()));
    }
  }

 private:
  struct Clear {
    void operator()(PGresult* result) const { ::PQclear(result); }
    void operator()(PGconn* connection) const { ::PQfinish(connection); }
  };
  std::unique_ptr<PGconn, Clear> connection_;
};

/// The server that scripts/with-postgres started, and the databases that this program created there. Databases are
/// emptied and used again, because creating one takes PostgreSQL half a second.
class PostgresServer {
 public:
  static PostgresServer& instance() {
    static PostgresServer server;
    return server;
  }
  ~PostgresServer() {
    for (const std::string& name : made_) {
      try {
        connection_.run("DROP DATABASE " + name + " WITH (FORCE)");
      } catch (const std::exception& error) {
        std::cerr << error.what();
      }
    }
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  std::string take() {
    if (!spare_.empty()) {
      const std::string name = spare_.back();
      spare_.pop_back();
      return name;
    }
    made_.push_back("test_" + util::random_id());
    connection_.run("CREATE DATABASE " + made_.back());
    return made_.back();
  }

  void give_back(const std::string& name) {
    cut(name);
    PostgresConnection(url_of(name)).run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    spare_.push_back(name);
  }

  void run(const std::string& statements) { connection_.run(statements); }

  /// Closes every connection to that database.
  void cut(const std::string& name) {
    run("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" + name + "'");
  }

  std::string url_of(const std::string& name) const {
    const std::size_t options = url_.find('?');
    const std::size_t slash = url_.rfind('/', options);
    return url_.substr(0, slash + 1) + name + (options == std::string::npos ? "" : url_.substr(options));
  }

 private:
  PostgresServer() : url_(given_url()), connection_(url_) {}

  static std::string given_url() {
    const char* url = std::getenv("DUWS_TEST_POSTGRES");
    if (url != nullptr) return url;
    throw std::runtime_error(
        "DUWS_TEST_POSTGRES is not set: run this test through scripts/with-postgres, as ctest does");
  }

  const std::string url_;
  PostgresConnection connection_;
  std::vector<std::string> made_;
  std::vector<std::string> spare_;
};

/// An empty database.
class TestDatabase {
 public:
  explicit TestDatabase(store::Dialect dialect) {
    if (dialect == store::Dialect::sqlite) {
      folder_ = std::make_unique<TempFolder>();
      url_ = "sqlite3://" + *folder_ / "test.db";
    } else {
      name_ = PostgresServer::instance().take();
      url_ = PostgresServer::instance().url_of(name_);
    }
  }
  ~TestDatabase() {
    if (name_.empty()) return;
    try {
      PostgresServer::instance().give_back(name_);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& url() const { return url_; }
  /// The name of the PostgreSQL database; empty for SQLite.
  const std::string& name() const { return name_; }

 private:
  std::unique_ptr<TempFolder> folder_;
  std::string name_;
  std::string url_;
};

class StoreTest : public ::testing::TestWithParam<store::Dialect> {
 protected:
  /// Opens the test's database. If it is open already, closes and reopens it, as a restart would.
  void open(const std::vector<store::Migration>& migrations, store::DatabaseOptions options = few_threads()) {
    database_.reset();
    options.url = place().url();
    auto opened = store::Database::open(options, migrations);
    if (!opened.ok()) throw std::runtime_error(opened.error().message);
    database_ = std::move(opened).value();
  }
  /// Options with few connections, because opening connections to PostgreSQL takes most of the time of a short test.
  static store::DatabaseOptions few_threads() {
    store::DatabaseOptions options;
    options.readers = options.writers = 2;
    return options;
  }
  store::Database& database() { return *database_; }
  void close() { database_.reset(); }

  TestDatabase& place() {
    if (!place_) place_ = std::make_unique<TestDatabase>(GetParam());
    return *place_;
  }

 private:
  std::unique_ptr<TestDatabase> place_;
  std::unique_ptr<store::Database> database_;
};

#define FOR_BOTH_DATABASES(fixture)                                                                                  \
  INSTANTIATE_TEST_SUITE_P(Database, fixture, ::testing::Values(store::Dialect::sqlite, store::Dialect::postgresql), \
                           [](const ::testing::TestParamInfo<store::Dialect>& tested) {                              \
                             return tested.param == store::Dialect::sqlite ? "SQLite" : "PostgreSQL";                \
                           })

}  // namespace fakes
