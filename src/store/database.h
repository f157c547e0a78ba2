// The database: SQLite or PostgreSQL through SOCI, with the same code for both.
//
// Owner: main. Any thread may call read(), write() and the like; the work runs on threads of the database, each with
// one session. SQLite has one writer, which commits waiting transactions together (one fsync for all of them).
// PostgreSQL has several writers, and a few more that commit add() works together. When a queue is full, a call returns
// `unavailable` at once, so that nobody waits without limit.
//
// Each room owns its tables: it passes its migrations to open() and runs its SQL on Session::sql(). For the same code
// on both databases, times are BIGINT milliseconds since 1970 UTC, booleans are INTEGER 0 or 1, documents are TEXT. The
// few statements that only one of the two supports are for speed, and check Session::dialect(). Mistakes to avoid with
// SOCI: use(temporary), and reading NULL into a variable without an indicator.
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
  /// sqlite3:///absolute/path.db, or postgresql://user@host:port/name (libpq's URI; host may be a socket's folder).
  std::string url = "sqlite3:///var/lib/docker-uws/docker-uws.db";
  std::size_t readers = 4;
  /// For PostgreSQL, which can make the commits of several connections durable together; up to four more are for add().
  /// SQLite always has one.
  std::size_t writers = 16;
  /// How many reads may wait for a thread, how many writes, and how many additions.
  std::size_t longest_queue = 10'000;
};

/// A step of the schema. Migrations are applied once, in order, and are never changed after a release.
struct Migration {
  std::string name;  // unique over all rooms: "uws-1-jobs"
  std::vector<std::string> statements;
};

enum class Dialect { sqlite, postgresql };

/// A connection for a piece of work, valid only while the work runs.
class Session {
 public:
  Session(soci::session& sql, Dialect dialect) : sql_(sql), dialect_(dialect) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  soci::session& sql() { return sql_; }
  Dialect dialect() const { return dialect_; }

  /// An object of type T, made once for this connection by T(soci::session&); meant for prepared statements.
  template <typename T>
  T& local() {
    std::shared_ptr<void>& slot = locals_[std::type_index(typeid(T))];
    if (!slot) slot = std::make_shared<T>(sql_);
    return *static_cast<T*>(slot.get());
  }
  /// Must be called when the connection is closed, because prepared statements end with it.
  void forget_locals() { locals_.clear(); }

 private:
  soci::session& sql_;
  Dialect dialect_;
  std::unordered_map<std::type_index, std::shared_ptr<void>> locals_;
};

/// A write in progress. It is rolled back when its work returns an error or throws.
class Transaction {
 public:
  explicit Transaction(Session& session) : session_(session) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Session& session() { return session_; }
  soci::session& sql() { return session_.sql(); }

  /// `notice` runs on the writer's thread after the commit; it does not run when the transaction is rolled back.
  void after_commit(std::function<void()> notice) { notices_.push_back(std::move(notice)); }

  /// Until the end of this transaction no other one passes lock() with the same name. Does nothing on SQLite, which has
  /// only one writer.
  void lock(const std::string& name);

  std::vector<std::function<void()>> take_notices() { return std::exchange(notices_, {}); }

 private:
  Session& session_;
  std::vector<std::function<void()>> notices_;
};

class Database {
 public:
  /// Connects, applies the missing migrations (under a lock), and makes the installation id if there is none.
  static util::Result<std::unique_ptr<Database>> open(const DatabaseOptions& options,
                                                      const std::vector<Migration>& migrations);
  ~Database();

  Dialect dialect() const;
  /// The same for every service on this database: 26 characters of a-z and 2-7, made when the database is first opened.
  const std::string& installation_id() const;

  /// `work` is util::Result<T>(Session&), `done` is void(util::Result<T>). All statements of one `work` read the same
  /// snapshot; it cannot write. `done` runs on the reader's thread and must not block. When the queue is full, `done`
  /// runs at once, on the caller's thread, with `unavailable`.
  template <typename Work, typename Done>
  void read(Work work, Done done) {
    read_in(View::of_one_moment, std::move(work), std::move(done));
  }

  /// As read(), for a `work` with a single statement. It runs without a transaction, which saves two round trips on
  /// PostgreSQL.
  template <typename Work, typename Done>
  void read_statement(Work work, Done done) {
    read_in(View::of_each_statement, std::move(work), std::move(done));
  }

  /// `work` is util::Result<T>(Transaction&), `done` is void(util::Result<T>). `done` runs after the commit, on the
  /// writer's thread, and must not block. `work` may be run again (after a serialisation failure, or when the
  /// connection was lost before the commit), so it must not move from what it captured. When the queue is full, `done`
  /// runs at once, on the caller's thread, with `unavailable`.
  template <typename Work, typename Done>
  void write(Work work, Done done) {
    write_in(Sharing::own, std::move(work), std::move(done));
  }

  /// As write(), for a `work` that may be run again even after it was committed, because it then notices that and does
  /// nothing. So on PostgreSQL it is no error when the connection is lost during the commit.
  template <typename Work, typename Done>
  void write_again(Work work, Done done) {
    write_in(Sharing::own_again, std::move(work), std::move(done));
  }

  /// As write(), for a `work` that only adds rows. Nobody waits long for its locks, so several works share a commit on
  /// PostgreSQL, too. When one of them fails, or the connection is lost during the commit, each is run again in a
  /// commit of its own: `work` must leave rows unchanged that exist already.
  template <typename Work, typename Done>
  void add(Work work, Done done) {
    write_in(Sharing::addition, std::move(work), std::move(done));
  }

  /// As read() and write(), but these wait for the result. For start-up and tests; never on a thread that must not
  /// block.
  template <typename Work>
  auto read_now(Work work) -> decltype(work(std::declval<Session&>()));
  template <typename Work>
  auto write_now(Work work) -> decltype(work(std::declval<Transaction&>()));

  /// `channel`: lower-case letters, digits and underscores. `listener` is called once the database is connected.
  std::unique_ptr<Announcements> announcements(std::string channel, Announcements::Listener listener) const;

  /// False when the last read or the last write did not reach the database. Idle threads try again every second then.
  bool healthy() const;

  /// Finishes what is queued, then joins the threads. Later calls return `unavailable`.
  void stop();

 private:
  using ReadWork = std::function<void(Session&)>;
  using WriteWork = std::function<util::Status(Transaction&)>;
  using WorkDone = std::function<void(util::Status)>;

  /// Keeps the result of the last run of the work, and passes it to `done` when the outcome is final.
  template <typename Answer, typename Done>
  struct State {
    Done done;
    std::optional<Answer> answer;

    void finish(util::Status status) {
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
        [state](util::Status status) { state->finish(std::move(status)); });
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
        [state](util::Status status) { state->finish(std::move(status)); });
  }
  void enqueue_read(View view, ReadWork work, WorkDone done);
  void enqueue_write(Sharing sharing, WriteWork work, WorkDone done);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace store

#include "store/database_now.h"
