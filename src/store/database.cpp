#include "store/database.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "store/connection.h"
#include "store/folder.h"
#include "store/lock_file.h"
#include "store/migrate.h"
#include "store/url.h"
#include "store/work_queue.h"
#include "store/writer.h"
#include "util/log.h"
#include "util/metrics.h"

namespace store {
namespace {

/// The most transactions that share a commit, so that the first of them does not wait too long.
constexpr std::size_t largest_group = 200;
/// PostgreSQL's connections for add(), and the most works that share a commit there. While some connections commit, the
/// next group gathers. Both numbers are small, because works that run at the same time do not see each other's rows.
constexpr std::size_t most_adders = 4;
constexpr std::size_t largest_addition = 60;
/// How often an idle thread tries whether a database that could not be reached is available again.
constexpr std::chrono::milliseconds recovery_pause{1000};

util::Histogram& duration(const char* kind) {
  return util::metrics().histogram("docker_uws_database_duration_seconds",
                                   "Of a read, or of a commit with all that is in it.", {{"kind", kind}});
}

struct ReadJob {
  std::function<void(Session&)> work;
  std::function<void(util::Status)> done;
  bool in_transaction = true;
};

/// Creates the database file with mode 0600, because SQLite would make it readable for everybody. An existing file is
/// not opened: closing it would release SQLite's locks on it.
util::Status make_file(const std::string& path) {
  const std::string folder = path.substr(0, std::max<std::size_t>(path.find_last_of('/'), 1));
  RETURN_IF_ERROR(make_folder(folder));
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    if (errno == EEXIST) return {};
    return io_error("the database file " + path, errno);
  }
  ::close(file);
  return sync_path(folder);
}

/// A read that finds out whether a database that failed can be read again.
ReadJob make_read_probe() {
  return {[](Session& session) {
            std::string id;
            session.sql() << "SELECT id FROM installation", soci::into(id);
          },
          [](const util::Status&) {}, false};
}

/// A write that changes nothing and finds out whether a database that failed can be written again.
WriteJob make_write_probe() {
  return {[](Transaction& transaction) -> util::Status {
            transaction.sql() << "UPDATE installation SET id = id";
            return {};
          },
          [](const util::Status&) {}};
}

/// Locks a file beside the database file (with symbolic links resolved), because SQLite alone would let several
/// services use the database.
util::Result<std::unique_ptr<LockFile>> lock_file_of(const std::string& path) {
  const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
  if (!real) return io_error("the database file " + path, errno);
  return LockFile::take(std::string(real.get()) + ".lock", {"the database " + path});
}

bool write_first(Connection& connection, std::vector<WriteJob>& jobs, const std::function<void()>& committed) {
  return write_alone(connection, jobs.front(), committed);
}

}  // namespace

struct Database::Impl {
  explicit Impl(DatabaseUrl where, std::size_t longest_queue)
      : url(std::move(where)),
        reads(longest_queue, reader_pool.queue),
        writes(longest_queue, writer_pool.queue),
        additions(longest_queue, writer_pool.queue) {}

  util::Status connect(std::size_t readers, std::size_t writers, const std::vector<Migration>& migrations);
  void start();
  void run_reader(Connection& connection);
  bool read_one(Connection& connection, ReadJob& job);
  using Write = bool (*)(Connection&, std::vector<WriteJob>&, const std::function<void()>& committed);
  void run_writer(Connection& connection, WorkQueue<WriteJob>& queue, std::size_t group, Write write);
  void stop();

  const DatabaseUrl url;
  const util::PoolMetrics reader_pool{"db-reader"};
  const util::PoolMetrics writer_pool{"db-writer"};
  util::Histogram& read_duration = duration("read");
  util::Histogram& write_duration = duration("write");
  util::Counter& written =
      util::metrics().counter("docker_uws_database_writes_total", "Transactions; several may share a commit.");
  std::string installation_id;
  std::unique_ptr<LockFile> file_lock;  // SQLite only
  Reachability reach;
  WorkQueue<ReadJob> reads;
  WorkQueue<WriteJob> writes;
  WorkQueue<WriteJob> additions;  // PostgreSQL only
  std::vector<std::unique_ptr<Connection>> readers;
  std::vector<std::unique_ptr<Connection>> writers;
  std::vector<std::unique_ptr<Connection>> adders;
  std::atomic<bool> reads_work{true};
  std::atomic<bool> writes_work{true};
  std::mutex stopping;
  std::vector<std::thread> threads;
};

util::Status Database::Impl::connect(std::size_t reader_count, std::size_t writer_count,
                                     const std::vector<Migration>& migrations) {
  if (url.dialect == Dialect::sqlite) {
    RETURN_IF_ERROR(make_file(url.path));
    ASSIGN_OR_RETURN(file_lock, lock_file_of(url.path));
    writer_count = 1;
  }
  writer_count = std::max<std::size_t>(writer_count, 1);
  for (std::size_t i = 0; i < writer_count; ++i) {
    writers.push_back(std::make_unique<Connection>(url, Connection::Role::writer, reach));
    RETURN_IF_ERROR(writers.back()->open());
  }
  const std::size_t adder_count = url.dialect == Dialect::sqlite ? 0 : std::min(writer_count, most_adders);
  for (std::size_t i = 0; i < adder_count; ++i) {
    adders.push_back(std::make_unique<Connection>(url, Connection::Role::writer, reach));
    RETURN_IF_ERROR(adders.back()->open());
  }
  ASSIGN_OR_RETURN(installation_id, migrate(*writers.front(), with_own(migrations)));
  for (std::size_t i = 0; i < std::max<std::size_t>(reader_count, 1); ++i) {
    readers.push_back(std::make_unique<Connection>(url, Connection::Role::reader, reach));
    RETURN_IF_ERROR(readers.back()->open());
  }
  return {};
}

void Database::Impl::start() {
  for (const auto& reader : readers) {
    threads.emplace_back([this, connection = reader.get()] { run_reader(*connection); });
    ::pthread_setname_np(threads.back().native_handle(), "db-reader");
  }
  const auto write_with = [this](Connection& connection, auto& queue, std::size_t group, Write write) {
    threads.emplace_back([this, &connection, &queue, group, write] { run_writer(connection, queue, group, write); });
    ::pthread_setname_np(threads.back().native_handle(), "db-writer");
  };
  const bool is_sqlite = url.dialect == Dialect::sqlite;
  for (const auto& writer : writers) {
    write_with(*writer, writes, is_sqlite ? largest_group : 1, is_sqlite ? &write_together : &write_first);
  }
  for (const auto& adder : adders) write_with(*adder, additions, largest_addition, &add_together);
}

void Database::Impl::run_reader(Connection& connection) {
  const util::GaugeIncrement thread(reader_pool.threads);
  bool working = true;
  for (;;) {
    auto jobs = reads.take(1, working ? std::nullopt : std::optional(recovery_pause));
    if (!jobs) return;
    if (jobs->empty()) jobs->push_back(make_read_probe());
    const util::GaugeIncrement busy(reader_pool.busy);
    working = read_one(connection, jobs->front());
    reads_work = working;
  }
}

bool Database::Impl::read_one(Connection& connection, ReadJob& job) {
  util::Status status = connection.ready();
  bool reached = status.ok();
  if (reached) {
    const util::Stopwatch stopwatch(read_duration);
    try {
      if (job.in_transaction) connection.begin();
      job.work(connection.session());
    } catch (...) {
      const Failure failure = connection.failed(std::current_exception());
      reached = reached_database(failure.trouble);
      status = to_error(failure);
    }
    connection.rollback();
  }
  call_safely("answer of a read", [&] { job.done(std::move(status)); });
  return reached;
}

void Database::Impl::run_writer(Connection& connection, WorkQueue<WriteJob>& queue, std::size_t group, Write write) {
  const util::GaugeIncrement thread(writer_pool.threads);
  bool working = true;
  for (;;) {
    auto jobs = queue.take(group, working ? std::nullopt : std::optional(recovery_pause));
    if (!jobs) return;
    if (jobs->empty()) jobs->push_back(make_write_probe());
    const util::GaugeIncrement busy(writer_pool.busy);
    written.add(jobs->size());
    const auto began = std::chrono::steady_clock::now();
    working = write(connection, *jobs, [&] { write_duration.observe(std::chrono::steady_clock::now() - began); });
    writes_work = working;
  }
}

void Database::Impl::stop() {
  reads.close();
  writes.close();
  additions.close();
  const std::lock_guard lock(stopping);
  for (std::thread& thread : threads) {
    if (thread.joinable()) thread.join();
  }
}

Database::Database() = default;

Database::~Database() { stop(); }

util::Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options,
                                                       const std::vector<Migration>& migrations) {
  ASSIGN_OR_RETURN(DatabaseUrl url, parse_database_url(options.url));
  std::unique_ptr<Database> database(new Database);
  database->impl_ = std::make_unique<Impl>(std::move(url), options.longest_queue);
  RETURN_IF_ERROR(database->impl_->connect(options.readers, options.writers, migrations));
  database->impl_->start();
  util::log_info("database opened", {{"database", database->impl_->url.shown}});
  return database;
}

Dialect Database::dialect() const { return impl_->url.dialect; }

const std::string& Database::installation_id() const { return impl_->installation_id; }

void Database::enqueue_read(View view, ReadWork work, WorkDone done) {
  ReadJob job{std::move(work), std::move(done), view == View::of_one_moment};
  if (util::Status pushed = impl_->reads.push(job); !pushed.ok()) job.done(std::move(pushed));
}

void Database::enqueue_write(Sharing sharing, WriteWork work, WorkDone done) {
  const bool may_be_lost = impl_->url.dialect == Dialect::postgresql && sharing == Sharing::own_again;
  WriteJob job{std::move(work), std::move(done), sharing == Sharing::addition || may_be_lost};
  const bool is_addition = sharing == Sharing::addition && !impl_->adders.empty();
  auto& queue = is_addition ? impl_->additions : impl_->writes;
  if (util::Status pushed = queue.push(job); !pushed.ok()) job.done(std::move(pushed));
}

std::unique_ptr<Announcements> Database::announcements(std::string channel, Announcements::Listener listener) const {
  return open_announcements(impl_->url, std::move(channel), std::move(listener));
}

bool Database::healthy() const { return impl_->reads_work && impl_->writes_work; }

void Database::stop() { impl_->stop(); }

}  // namespace store
