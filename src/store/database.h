// The database: SQLite or PostgreSQL, behind SOCI, with one code for both.
//
// Owner: main. Threads: any thread may call read() and write(); the work runs on the pool's threads, one session each.
// SQLite has one writer that commits waiting transactions together (one fsync for all of them); PostgreSQL has several,
// and a few of them do so with what only adds rows.
// A full queue answers `unavailable` at once, so that nobody waits without bound.
//
// Rooms own their tables: each hands its migrations to open(), and writes its SQL against Session::sql(). To stay one
// code: times are BIGINT milliseconds since 1970 UTC, booleans INTEGER 0 or 1, documents TEXT. A statement that only
// one of the two understands is rare, is there for speed, and asks Session::dialect(). SOCI's traps: never
// use(temporary), never NULL into a plain variable.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <typeindex>
#include <unordered_map>
#include <utility>
#include <vector>

#include <soci/soci.h>

#include "store/announcements.h"
#include "util/result.h"
#include "util/time.h"

namespace store {

struct DatabaseOptions {
  /// sqlite3:///absolute/path.db, or postgresql://user@host:port/name (libpq's URI, host may be a socket folder).
  std::string url = "sqlite3:///var/lib/docker-uws/docker-uws.db";
  std::size_t readers = 4;
  /// PostgreSQL only, which makes their commits durable together, and has up to four more for add(); SQLite always has
  /// one.
  std::size_t writers = 16;
  /// Reads or writes that may wait for a thread.
  std::size_t longest_queue = 10'000;
};

/// A step of a schema, applied once, in order. Never changed after a release.
struct Migration {
  std::string name;  // unique over all rooms: "uws-1-jobs"
  std::vector<std::string> statements;
};

enum class Dialect { sqlite, postgresql };

/// A connection, lent to a piece of work for as long as it runs.
class Session {
 public:
  Session(soci::session& sql, Dialect dialect) : sql_(sql), dialect_(dialect) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  soci::session& sql() { return sql_; }
  Dialect dialect() const { return dialect_; }

  /// A T made once for this connection, by T(soci::session&): the home of prepared statements.
  template <typename T>
  T& local() {
    std::shared_ptr<void>& slot = locals_[std::type_index(typeid(T))];
    if (!slot) slot = std::make_shared<T>(sql_);
    return *static_cast<T*>(slot.get());
  }
  /// Needed after a reconnect: prepared statements die with their connection.
  void forget_locals() { locals_.clear(); }

 private:
  soci::session& sql_;
  Dialect dialect_;
  std::unordered_map<std::type_index, std::shared_ptr<void>> locals_;
};

/// A write in progress. Rolled back when its work returns an error or throws.
class Transaction {
 public:
  explicit Transaction(Session& session) : session_(session) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Session& session() { return session_; }
  soci::session& sql() { return session_.sql(); }

  /// Runs on the writer's thread once this transaction is durable; dropped when it is rolled back.
  void after_commit(std::function<void()> notice) { notices_.push_back(std::move(notice)); }

  /// Until the end of the transaction no other one passes lock() with the same name. SQLite has one writer anyway.
  void lock(const std::string& name);

  std::vector<std::function<void()>> take_notices() { return std::exchange(notices_, {}); }

 private:
  Session& session_;
  std::vector<std::function<void()>> notices_;
};

class Database {
 public:
  /// Connects, applies the migrations that are missing (under a lock), and makes the installation id if there is none.
  static util::Result<std::unique_ptr<Database>> open(const DatabaseOptions& options,
                                                      const std::vector<Migration>& migrations);
  ~Database();

  Dialect dialect() const;
  /// Made by the first migration; the same for every service on this database. 26 characters of a-z and 2-7.
  const std::string& installation_id() const;

  /// `work` is util::Result<T>(Session&), `done` is void(util::Result<T>). All that one `work` reads is from the same
  /// moment; it cannot write. `done` runs on the reader's thread and must not block; when the pool is full it runs at
  /// once, on the caller's, with `unavailable`.
  template <typename Work, typename Done>
  void read(Work work, Done done) {
    read_in(View::of_one_moment, std::move(work), std::move(done));
  }

  /// The same for a `work` of one statement, which needs no transaction: saves PostgreSQL two round trips.
  template <typename Work, typename Done>
  void look(Work work, Done done) {
    read_in(View::of_each_statement, std::move(work), std::move(done));
  }

  /// `work` is util::Result<T>(Transaction&), `done` is void(util::Result<T>). `done` runs after the commit, on the
  /// writer's thread, and must not block. `work` may be run again when the database asks for it (serialisation, a
  /// connection lost before the commit): it must not use up what it captured.
  template <typename Work, typename Done>
  void write(Work work, Done done) {
    write_in(Sharing::own, std::move(work), std::move(done));
  }

  /// The same for a `work` that may be run again although it was committed: it finds out, and does nothing then. So a
  /// lost answer to a commit is no error on PostgreSQL.
  template <typename Work, typename Done>
  void write_again(Work work, Done done) {
    write_in(Sharing::own_again, std::move(work), std::move(done));
  }

  /// The same for a `work` that only adds rows: nobody waits long for what it locks, so that several share a commit on
  /// PostgreSQL too. When one of them fails, each is run again in a commit of its own; and so it is when the connection
  /// is lost in the commit: `work` must leave alone what it finds to be there already.
  template <typename Work, typename Done>
  void add(Work work, Done done) {
    write_in(Sharing::addition, std::move(work), std::move(done));
  }

  /// The same, waiting for the answer: for start-up and tests; never on a thread that others wait for.
  template <typename Work>
  auto read_now(Work work) -> decltype(work(std::declval<Session&>()));
  template <typename Work>
  auto write_now(Work work) -> decltype(work(std::declval<Transaction&>()));

  /// `channel`: lower-case letters, digits and underscores. Heard once the database is there.
  std::unique_ptr<Announcements> announcements(std::string channel, Announcements::Listener listener) const;

  /// True while the last attempt to reach the database succeeded.
  bool healthy() const;

  /// Finishes what is queued, then joins the threads. Later calls answer `unavailable`.
  void stop();

 private:
  using ReadWork = std::function<void(Session&)>;
  using WriteWork = std::function<util::Status(Transaction&)>;
  using WorkDone = std::function<void(util::Status)>;

  /// The answer of the last run of the work, given away once it counts.
  template <typename Answer, typename Done>
  struct State {
    Done done;
    std::optional<Answer> answer;

    void settle(util::Status status) {
      if (status.ok()) {
        done(std::move(*answer));
      } else {
        done(Answer(std::move(status).error()));
      }
    }
  };

  enum class View { of_one_moment, of_each_statement };

  Database();
  template <typename Work, typename Done>
  void read_in(View view, Work work, Done done) {
    using Answer = decltype(work(std::declval<Session&>()));
    auto state = std::make_shared<State<Answer, Done>>(State<Answer, Done>{std::move(done), std::nullopt});
    enqueue_read(
        view, [work = std::move(work), state](Session& session) mutable { state->answer.emplace(work(session)); },
        [state](util::Status status) { state->settle(std::move(status)); });
  }
  enum class Sharing { own, own_again, addition };

  template <typename Work, typename Done>
  void write_in(Sharing sharing, Work work, Done done) {
    using Answer = decltype(work(std::declval<Transaction&>()));
    auto state = std::make_shared<State<Answer, Done>>(State<Answer, Done>{std::move(done), std::nullopt});
    enqueue_write(
        sharing,
        [work = std::move(work), state](Transaction& transaction) mutable -> util::Status {
          state->answer.reset();
          state->answer.emplace(work(transaction));
          if (state->answer->ok()) return {};
          return state->answer->error();
        },
        [state](util::Status status) { state->settle(std::move(status)); });
  }
  void enqueue_read(View view, ReadWork work, WorkDone done);
  void enqueue_write(Sharing sharing, WriteWork work, WorkDone done);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace store

#include "store/database_now.h"
