// One connection to the database, used by one thread at a time. Owned by Database. Internal to the room.
//
// begin(), commit(), the functions for savepoints, and SQL on session() throw the error of SOCI's backend. failed()
// turns it into a Failure; afterwards the connection is usable or dropped. ready() connects again after a drop.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <string>

#include <soci/soci.h>

#include "store/database.h"
#include "store/failure.h"
#include "store/url.h"
#include "util/result.h"

namespace store {

/// The outcome of the last attempts to connect, shared by all connections to one database. Any thread may call.
class Reachability {
 public:
  using Clock = std::chrono::steady_clock;

  /// True when an attempt failed within the last second, and none has succeeded since that attempt began.
  bool is_in_doubt() const {
    return failed_.load() > reached_.load() && now() - failure_seen_.load() < std::chrono::seconds(1);
  }
  /// `attempted`: when the attempt began, which may be long ago.
  void note_failure(Clock::time_point attempted) {
    failure_seen_ = now();
    failed_ = attempted.time_since_epoch();
  }
  void note_success() { reached_ = now(); }

 private:
  static Clock::duration now() { return Clock::now().time_since_epoch(); }

  std::atomic<Clock::duration> failed_{Clock::duration::zero()};
  std::atomic<Clock::duration> failure_seen_{Clock::duration::zero()};
  std::atomic<Clock::duration> reached_{Clock::duration::zero()};
};

class Connection {
 public:
  enum class Role { reader, writer };

  /// `reach` must outlive the connection.
  Connection(const DatabaseUrl& url, Role role, Reachability& reach);

  util::Status open();
  /// Connects again if the connection is lost, as far as that is known without asking the server. While the database is
  /// away, it tries so about once a second and returns `unavailable`.
  util::Status ready();
  bool connected() const { return connected_; }

  Session& session() { return session_; }

  void begin();
  void commit();
  /// Never throws: if the rollback fails, the connection is dropped.
  void rollback();
  /// SQLite: a savepoint for one of the transactions that share a commit.
  void mark();
  void release_mark();
  void back_to_mark();
  /// False on SQLite when the database itself has rolled the transaction back.
  bool in_transaction();

  /// Must be called after an exception: rolls back, and drops the connection if it is lost.
  Failure failed(const std::exception_ptr& exception);

 private:
  void set_up();
  void drop();
  void execute(const char* statement);
  bool broken();
  bool is_sqlite_reader() const { return url_.dialect == Dialect::sqlite && role_ == Role::reader; }
  /// SQLite: resets statements whose rows were not read to the end; they would keep an old snapshot of the database.
  void reset_statements();

  const DatabaseUrl url_;
  const Role role_;
  bool connected_ = false;
  Reachability& reach_;
  soci::session sql_;
  Session session_;  // last, so that its prepared statements are destroyed before sql_
};

}  // namespace store
