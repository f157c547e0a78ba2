// Measures what a database can do without a service in front of it. The benches `reads` and `creation` compare the
// service with these figures (their "floor").
//
//   floor selects phase|job|list DATABASE SECONDS [JOB]   prepared selects, one after the other, on one connection
//   floor commits DATABASE CONNECTIONS SECONDS            single rows; each is durable before its connection's next one
//   floor fsyncs FOLDER SECONDS                           writes of one byte, each followed by fdatasync
//
// DATABASE is the path of a SQLite file, or a connection string of libpq. Prints {"count": …, "cpu_seconds": …}.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include <fcntl.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
using Texts = std::vector<std::string>;

/// One connection with prepared statements. Each statement takes at most one parameter, a text.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void run(std::size_t statement, const std::string& value) = 0;
  /// Executes a statement once, without preparing it.
  virtual void execute(const std::string& text) = 0;
};

class Sqlite : public Connection {
 public:
  Sqlite(const std::string& path, const Texts& statements) {
    check(::sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    ::sqlite3_busy_timeout(database_, 10000);
    for (const char* setting : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"}) execute(setting);
    for (const std::string& text : statements) {
      sqlite3_stmt* statement = nullptr;
      check(::sqlite3_prepare_v2(database_, text.c_str(), -1, &statement, nullptr) == SQLITE_OK);
      statements_.push_back(statement);
    }
  }
  ~Sqlite() override {
    for (sqlite3_stmt* statement : statements_) ::sqlite3_finalize(statement);
    ::sqlite3_close(database_);
  }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  void run(std::size_t number, const std::string& value) override {
    sqlite3_stmt* statement = statements_[number];
    ::sqlite3_bind_text(statement, 1, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
    int step = SQLITE_ROW;
    while ((step = ::sqlite3_step(statement)) == SQLITE_ROW) {
      for (int column = 0; column < ::sqlite3_column_count(statement); ++column) {
        ::sqlite3_column_text(statement, column);
      }
    }
    check(step == SQLITE_DONE);
    ::sqlite3_reset(statement);
  }

  void execute(const std::string& text) final {
    check(::sqlite3_exec(database_, text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  }

 private:
  void check(bool fine) const {
    if (!fine) throw std::runtime_error(::sqlite3_errmsg(database_));
  }

  sqlite3* database_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
};

class Postgres : public Connection {
 public:
  Postgres(const std::string& url, const Texts& statements) : connection_(::PQconnectdb(url.c_str())) {
    if (::PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(::PQerrorMessage(connection_.get()));
    for (const std::string& text : statements) {
      names_.push_back("s" + std::to_string(names_.size()));
      check(::PQprepare(connection_.get(), names_.back().c_str(), text.c_str(), 1, nullptr));
    }
  }

  void run(std::size_t number, const std::string& value) override {
    const char* values[] = {value.c_str()};
    check(::PQexecPrepared(connection_.get(), names_[number].c_str(), 1, values, nullptr, nullptr, 0));
  }

  void execute(const std::string& text) override { check(::PQexec(connection_.get(), text.c_str())); }

 private:
  void check(PGresult* result) const {
    const ExecStatusType status = ::PQresultStatus(result);
    ::PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw std::runtime_error(::PQerrorMessage(connection_.get()));
    }
  }
  struct Finish {
    void operator()(PGconn* connection) const { ::PQfinish(connection); }
  };

  std::unique_ptr<PGconn, Finish> connection_;
  Texts names_;
};

std::unique_ptr<Connection> connect(const std::string& database, const Texts& statements) {
  if (database.starts_with('/')) return std::make_unique<Sqlite>(database, statements);
  return std::make_unique<Postgres>(database, statements);
}

Texts selects_of(const std::string& what) {
  if (what == "phase") return {"SELECT list, owner, phase, destroyed FROM jobs WHERE id = $1"};
  if (what == "job") {
    return {
        "SELECT list, owner, run_id, phase, creation_time, queued_time, start_time, end_time, execution_duration,"
        " destruction, due, error_fatal, error_message, error_detail, error_code, info, version, fence, claimed,"
        " abort_time, destroyed FROM jobs WHERE id = $1",
        "SELECT name, value, by_reference, blob, media_type, size_bytes FROM job_parameters WHERE job_id = $1"
        " ORDER BY ordinal",
        "SELECT id, is_primary, blob, media_type, size_bytes, sha256 FROM job_results WHERE job_id = $1"
        " ORDER BY ordinal"};
  }
  if (what == "list") {
    return {
        "SELECT id, run_id, phase, creation_time FROM jobs WHERE destroyed = 0 AND phase <> 'ARCHIVED'"
        " AND owner = $1 AND list = '' ORDER BY creation_time DESC, id LIMIT 100"};
  }
  throw std::runtime_error("unknown select: " + what);
}

/// Calls `act` again and again within that time, and returns how often.
long long repeat(double seconds, const std::function<void()>& act) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  long long count = 0;
  for (; Clock::now() < end; ++count) act();
  return count;
}

long long selects(const std::string& what, const std::string& database, double seconds, const std::string& value) {
  const Texts statements = selects_of(what);
  const auto connection = connect(database, statements);
  return repeat(seconds, [&] {
    for (std::size_t i = 0; i < statements.size(); ++i) connection->run(i, value);
  });
}

long long commits(const std::string& database, int connections, double seconds) {
  connect(database, {})->execute("CREATE TABLE IF NOT EXISTS floor_rows (value TEXT NOT NULL)");
  std::atomic<long long> count{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&] {
      const auto connection = connect(database, {"INSERT INTO floor_rows (value) VALUES ($1)"});
      count += repeat(seconds, [&] { connection->run(0, "as long as the id of a job"); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  return count;
}

long long fsyncs(const std::string& folder, double seconds) {
  const std::string path = folder + "/synced";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot write to " + folder);
  const long long count = repeat(seconds, [&] {
    if (::pwrite(file, "x", 1, 0) != 1 || ::fdatasync(file) != 0) throw std::runtime_error("cannot sync " + path);
  });
  ::close(file);
  ::unlink(path.c_str());
  return count;
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

long long run(const Texts& words) {
  const std::size_t count = words.size();
  if (count >= 4 && words[0] == "selects") {
    return selects(words[1], words[2], std::stod(words[3]), count > 4 ? words[4] : "");
  }
  if (count == 4 && words[0] == "commits") return commits(words[1], std::stoi(words[2]), std::stod(words[3]));
  if (count == 3 && words[0] == "fsyncs") return fsyncs(words[1], std::stod(words[2]));
  throw std::runtime_error("usage: see the head of bench/floor.cpp");
}

}  // namespace

int main(int count, char** words) {
  try {
    const double before = cpu_seconds();
    const long long done = run(Texts(words + 1, words + count));
    std::printf("{\"count\": %lld, \"cpu_seconds\": %.6f}\n", done, cpu_seconds() - before);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
