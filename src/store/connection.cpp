#include "store/connection.h"

#include <chrono>
#include <memory>
#include <thread>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "util/log.h"
#include "util/text.h"

namespace store {
namespace {

using namespace std::chrono_literals;

PGconn* postgresql_handle(soci::session& sql) {
  return static_cast<soci::postgresql_session_backend*>(sql.get_backend())->conn_;
}

sqlite_api::sqlite3* sqlite_handle(soci::session& sql) {
  return static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_;
}

/// Logs the server's notices; libpq would write them to standard error.
void log_notice(void*, const char* notice) { util::log_debug("database notice", {{"notice", util::trim(notice)}}); }

void execute_postgresql(PGconn* connection, const char* statement) {
  const std::unique_ptr<PGresult, decltype(&::PQclear)> result(::PQexec(connection, statement), &::PQclear);
  if (::PQresultStatus(result.get()) == PGRES_COMMAND_OK) return;
  const char* state = ::PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  throw soci::postgresql_soci_error(::PQerrorMessage(connection), state == nullptr ? "08000" : state);
}

/// Called before the first connection of the process. SQLite needs no mutex per connection, because one thread at a
/// time uses each of them, and no memory statistics, because nobody reads them.
void configure_sqlite() {
  static const bool done = [] {
    sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite_api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return true;
  }();
  (void)done;
}

/// The statements with which each read on SQLite begins and ends.
struct ReadBounds {
  explicit ReadBounds(soci::session& sql) : begin((sql.prepare << "BEGIN")), rollback((sql.prepare << "ROLLBACK")) {}

  soci::statement begin;
  soci::statement rollback;
};

void execute_sqlite(sqlite_api::sqlite3* connection, const char* statement) {
  const int result = sqlite_api::sqlite3_exec(connection, statement, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) throw soci::sqlite3_soci_error(sqlite_api::sqlite3_errmsg(connection), result);
}

constexpr auto kLockPatience = 10s;

/// Retries for a while: when several connections switch a new file to WAL at the same time, they block each other, and
/// SQLite returns SQLITE_BUSY at once where waiting would be a deadlock.
void switch_to_wal(sqlite_api::sqlite3* connection) {
  const auto deadline = std::chrono::steady_clock::now() + kLockPatience;
  while (true) {
    try {
      return execute_sqlite(connection, "PRAGMA journal_mode = WAL");
    } catch (const soci::sqlite3_soci_error& error) {
      if (error.result() != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) throw;
      std::this_thread::sleep_for(10ms);
    }
  }
}

}  // namespace

Connection::Connection(const DatabaseUrl& url, Role role, Reachability& reach)
    : url_(url), role_(role), reach_(reach), session_(sql_, url.dialect) {}

util::Status Connection::open() {
  const auto attempted = Reachability::Clock::now();
  try {
    if (url_.dialect == Dialect::sqlite) {
      configure_sqlite();
      sql_.open(soci::sqlite3, url_.connect);
    } else {
      sql_.open(soci::postgresql, url_.connect);
    }
    connected_ = true;
    set_up();
    reach_.note_success();
    return {};
  } catch (const soci::soci_error& error) {
    drop();
    reach_.note_failure(attempted);
    return util::Error::busy(
        "cannot open the database " + url_.shown + ": " + url_.without_password(error.get_error_message()), 5s);
  }
}

void Connection::set_up() {
  if (url_.dialect == Dialect::postgresql) {
    ::PQsetNoticeProcessor(postgresql_handle(sql_), &log_notice, nullptr);
    // All settings take one round trip. Plans are generic and made once, because planning a list query takes longer
    // than reading the list. A plan may be made while the tables are empty and a sequential scan looks cheapest; but
    // every statement was written for an index, so the other kinds of plans are disabled. Where no index helps
    // (counting all jobs), a disabled plan is used with so high an estimated cost that PostgreSQL would compile it, so
    // JIT is off.
    execute(
        "SET lock_timeout = '10s'; SET client_min_messages = warning; SET plan_cache_mode = force_generic_plan;"
        " SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
        " SET enable_sort = off; SET jit = off");
    if (role_ == Role::reader) execute("SET default_transaction_read_only = on");
    return;
  }
  sqlite_api::sqlite3_busy_timeout(sqlite_handle(sql_), static_cast<int>(kLockPatience / 1ms));
  switch_to_wal(sqlite_handle(sql_));
  execute("PRAGMA synchronous = FULL");
  execute("PRAGMA foreign_keys = ON");
  if (role_ == Role::reader) return execute("PRAGMA query_only = ON");
  // Ids are random, so a group of new jobs changes many pages. A large cache keeps these pages in memory, and with
  // rarer checkpoints they are copied from the WAL to the database file less often.
  execute("PRAGMA cache_size = -16384");
  execute("PRAGMA wal_autocheckpoint = 8000");
}

util::Status Connection::ready() {
  if (connected_ && url_.dialect == Dialect::postgresql) {
    // Detects without a round trip that the server has closed the connection: the first call reads the server's
    // message, the second one the end of the stream.
    ::PQconsumeInput(postgresql_handle(sql_));
    ::PQconsumeInput(postgresql_handle(sql_));
    if (broken()) {
      util::log_warning("database connection lost", {{"database", url_.shown}});
      drop();
    }
  }
  if (connected_) return {};
  if (reach_.is_in_doubt()) return util::Error::busy("the database cannot be reached", 5s);
  const util::Status opened = open();
  if (!opened.ok()) {
    util::log_warning("database not reached", {{"error", opened.error().message}});
    return util::Error::busy("the database cannot be reached", 5s);
  }
  util::log_info("database connected again", {{"database", url_.shown}});
  return {};
}

void Connection::begin() {
  if (is_sqlite_reader()) {
    session_.local<ReadBounds>().begin.execute(true);  // true: otherwise SOCI does not step the statement
  } else if (url_.dialect == Dialect::sqlite) {
    execute("BEGIN IMMEDIATE");
  } else {
    execute(role_ == Role::writer ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ");
  }
}

void Connection::commit() {
  if (url_.dialect == Dialect::sqlite) {
    reset_statements();
  } else if (::PQtransactionStatus(postgresql_handle(sql_)) == PQTRANS_INERROR) {
    // In this state COMMIT would report success, but roll back.
    throw soci::soci_error("a statement failed, and its work went on as if it had not");
  }
  execute("COMMIT");
}

void Connection::rollback() {
  if (!connected_) return;
  try {
    reset_statements();
    if (!in_transaction()) return;
    if (is_sqlite_reader()) {
      session_.local<ReadBounds>().rollback.execute(true);  // true: otherwise SOCI does not step the statement
    } else {
      execute("ROLLBACK");
    }
  } catch (const soci::soci_error&) {
    drop();
  }
}

void Connection::mark() { execute("SAVEPOINT one"); }

void Connection::release_mark() {
  reset_statements();
  execute("RELEASE one");
}

void Connection::back_to_mark() {
  reset_statements();
  execute("ROLLBACK TO one");
  execute("RELEASE one");
}

bool Connection::in_transaction() {
  if (url_.dialect == Dialect::sqlite) return sqlite_api::sqlite3_get_autocommit(sqlite_handle(sql_)) == 0;
  return ::PQtransactionStatus(postgresql_handle(sql_)) != PQTRANS_IDLE;
}

Failure Connection::failed(const std::exception_ptr& exception) {
  Failure failure = describe(exception);
  if (connected_ && broken()) failure.trouble = Trouble::lost;
  failure.text = url_.without_password(failure.text);
  if (failure.trouble == Trouble::lost) {
    drop();
  } else {
    rollback();
  }
  return failure;
}

void Connection::drop() {
  session_.forget_locals();
  connected_ = false;
  try {
    sql_.close();
  } catch (const soci::soci_error&) {
    // The connection is closed in either case.
  }
}

void Connection::execute(const char* statement) {
  if (url_.dialect == Dialect::sqlite) {
    execute_sqlite(sqlite_handle(sql_), statement);
  } else {
    execute_postgresql(postgresql_handle(sql_), statement);
  }
}

bool Connection::broken() {
  if (url_.dialect == Dialect::sqlite) return false;
  return ::PQstatus(postgresql_handle(sql_)) != CONNECTION_OK;
}

void Connection::reset_statements() {
  if (url_.dialect != Dialect::sqlite) return;
  sqlite_api::sqlite3* handle = sqlite_handle(sql_);
  for (auto* statement = sqlite_api::sqlite3_next_stmt(handle, nullptr); statement != nullptr;
       statement = sqlite_api::sqlite3_next_stmt(handle, statement)) {
    if (sqlite_api::sqlite3_stmt_busy(statement) != 0) sqlite_api::sqlite3_reset(statement);
  }
}

}  // namespace store
