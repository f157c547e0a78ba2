// One connection to the database, used by one thread at a time. Internal to the room.
//
// What fails throws the backend's own error; failed() turns it into a Failure and leaves the connection usable, or
// dropped. A dropped one is made again by ready().
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

/// How the last attempts to connect went, of all connections to one database. Any thread.
class Reach {
 public:
  using Clock = std::chrono::steady_clock;

  /// Tried in vain a moment ago, and none got through since.
  bool is_in_doubt() const {
    return failed_.load() > reached_.load() && now() - failure_seen_.load() < std::chrono::seconds(1);
  }
  /// `attempted`: when it began; it may have taken its time.
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

  /// `reach` outlives it.
  Connection(const DatabaseUrl& url, Role role, Reach& reach);

  util::Status open();
  /// Connected, as far as can be known without asking the server. A lost connection is made again; while the database
  /// is away that is tried about once a second.
  util::Status ready();
  bool connected() const { return connected_; }

  Session& session() { return session_; }

  void begin();
  void commit();
  /// Never throws: a connection that cannot even do this is dropped.
  void rollback();
  /// SQLite: of one transaction among those of a group.
  void mark();
  void release_mark();
  void back_to_mark();
  /// SQLite: false when the database rolled everything back by itself.
  bool in_transaction();

  /// After a throw: rolls back, and drops the connection when it is lost.
  Failure failed(const std::exception_ptr& exception);

 private:
  void set_up();
  void drop();
  void execute(const char* statement);
  bool broken();
  bool is_sqlite_reader() const { return url_.dialect == Dialect::sqlite && role_ == Role::reader; }
  /// SQLite: a statement that was not read to its end would keep its old view of the database.
  void reset_statements();

  const DatabaseUrl url_;
  const Role role_;
  bool connected_ = false;
  Reach& reach_;
  soci::session sql_;
  Session session_;  // last: its prepared statements go before their connection
};

}  // namespace store
