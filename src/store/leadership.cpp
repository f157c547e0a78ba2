#include "store/leadership.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include <sys/eventfd.h>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "store/advisory_lock.h"
#include "store/blob_file.h"
#include "store/holder.h"
#include "store/libpq.h"
#include "store/migrate.h"
#include "store/url.h"
#include "util/log.h"
#include "util/random.h"
#include "util/text.h"

namespace store {
namespace {

using namespace std::chrono_literals;
using Role = LeadershipStatus::Role;

/// How often a service that stands by tries to get the lock, and the leader checks that its session still exists.
constexpr auto pause = 1s;
constexpr auto patience = 5s;

class SoleLeadership final : public Leadership {
 public:
  explicit SoleLeadership(const LeadershipOptions& options) {
    if (options.may_lead) present_ = {Role::leader, 1};
  }
  const LeadershipStatus& at_first() const override { return present_; }
  void start(Listener listener) override { listener(present_); }
  void stop() override {}

 private:
  LeadershipStatus present_{Role::standby, 0, "this service has no engines"};
};

class PostgresLeadership final : public Leadership {
 public:
  PostgresLeadership(DatabaseUrl url, LeadershipOptions options)
      : url_(std::move(url)),
        options_(std::move(options)),
        jobs_lock_(std::to_string(lock_number("store:jobs of " + options_.installation))),
        wake_(::eventfd(0, EFD_CLOEXEC)) {}
  ~PostgresLeadership() override { stop(); }

  util::Status join() {
    RETURN_IF_ERROR(connect());
    // After a restart, the server may not have noticed yet that the session of the former process is gone.
    for (int tries = 0; tries < 10; ++tries) {
      if (tries > 0) std::this_thread::sleep_for(50ms);
      ASSIGN_OR_RETURN(present_, ask());
      if (present_.role == Role::leader || !options_.may_lead) break;
    }
    first_ = present_;
    return {};
  }

  const LeadershipStatus& at_first() const override { return first_; }

  void start(Listener listener) override {
    listener_ = std::move(listener);
    listener_(present_);
    thread_ = std::thread([this] { run(); });
    ::pthread_setname_np(thread_.native_handle(), "db-leadership");
  }

  void stop() override {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.number(), &one, sizeof one);
    if (thread_.joinable()) thread_.join();
    connection_.reset();
  }

 private:
  void run() {
    while (!wait()) {
      if (!connection_) {
        if (const util::Status connected = connect(); !connected.ok()) {
          lost(connected.error());
          continue;
        }
      }
      if (auto answer = ask(); answer.ok()) {
        become(std::move(answer).value());
      } else {
        connection_.reset();
        lost(answer.error());
      }
    }
  }

  /// Waits until it is time to ask again or the server ends the session. True: stop() was called.
  bool wait() {
    std::array<pollfd, 2> waited{{{wake_.number(), POLLIN, 0}, {-1, POLLIN, 0}}};
    if (connection_) waited[1].fd = ::PQsocket(connection_.get());
    ::poll(waited.data(), waited.size(), static_cast<int>(pause / 1ms));
    return waited[0].revents != 0;
  }

  /// Opens a session with the shared lock on the schema. Its keep-alive times let the server notice soon when this
  /// machine is gone.
  util::Status connect() {
    ASSIGN_OR_RETURN(PostgresHandle connection, connect_to_postgres(url_));
    const auto query = [&](const std::string& statement, const std::vector<std::string>& values = {}) {
      return ask_postgres(connection.get(), statement, values, patience);
    };
    RETURN_IF_ERROR(
        status_of(query("SELECT set_config('application_name', $1, false), "
                        "set_config('tcp_keepalives_idle', '5', false), "
                        "set_config('tcp_keepalives_interval', '5', false), "
                        "set_config('tcp_keepalives_count', '3', false), "
                        "set_config('tcp_user_timeout', '20000', false)",
                        {"docker-uws " + this_process()})));
    // The server may not have noticed yet that the former session of this process is gone.
    if (!session_.empty()) {
      RETURN_IF_ERROR(
          status_of(query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE pid = CAST($1 AS INTEGER) AND CAST(backend_start AS TEXT) = $2",
                          session_)));
    }
    ASSIGN_OR_RETURN(const PostgresRows self, query("SELECT pid, CAST(backend_start AS TEXT) FROM pg_stat_activity "
                                                    "WHERE pid = pg_backend_pid()"));
    RETURN_IF_ERROR(take_schema(query));
    if (!self.empty()) session_ = self.front();
    connection_ = std::move(connection);
    return {};
  }

  template <typename Query>
  util::Status take_schema(const Query& query) {
    RETURN_IF_ERROR(status_of(query("BEGIN")));
    RETURN_IF_ERROR(status_of(query("SELECT pg_advisory_xact_lock(" + number_of(migrations_lock) + ")")));
    ASSIGN_OR_RETURN(const PostgresRows names, query("SELECT name FROM schema_migrations"));
    const std::vector<Migration> ours = with_own(options_.migrations);
    for (const std::vector<std::string>& row : names) {
      const auto is_it = [&](const Migration& migration) { return migration.name == row.front(); };
      if (std::any_of(ours.begin(), ours.end(), is_it)) continue;
      return util::Error::of(util::ErrorCode::unsupported,
                             "a newer version of this program has changed the database (\"" + row.front() +
                                 "\"): only that version may run its jobs");
    }
    RETURN_IF_ERROR(status_of(query("SELECT pg_advisory_lock_shared(" + number_of(schema_lock) + ")")));
    return status_of(query("COMMIT"));
  }

  util::Result<LeadershipStatus> ask() {
    const auto query = [&](const std::string& statement, const std::vector<std::string>& values = {}) {
      return ask_postgres(connection_.get(), statement, values, patience);
    };
    if (!options_.may_lead || is_leader_) {
      RETURN_IF_ERROR(status_of(query("SELECT 1")));
      return is_leader_ ? present_ : LeadershipStatus{Role::standby, 0, "this service has no engines"};
    }
    ASSIGN_OR_RETURN(const PostgresRows locked, query("SELECT pg_try_advisory_lock(" + jobs_lock_ + ")"));
    if (locked.empty() || locked.front().front() != "t") {
      ASSIGN_OR_RETURN(const PostgresRows holder, query(select_holder(std::stoll(jobs_lock_))));
      return LeadershipStatus{Role::standby, 0, "another service runs the jobs of this database", shown_holder(holder)};
    }
    RETURN_IF_ERROR(
        status_of(query("UPDATE leadership SET term = term + 1, service = $1 WHERE service <> $1", {self_})));
    ASSIGN_OR_RETURN(const PostgresRows term, query("SELECT term FROM leadership"));
    if (term.empty()) return util::Error::of(util::ErrorCode::internal, "the table leadership is empty");
    is_leader_ = true;
    return LeadershipStatus{Role::leader, std::stoll(term.front().front())};
  }

  void lost(const util::Error& error) {
    const bool was_leading = std::exchange(is_leader_, false) || present_.role == Role::in_doubt;
    const bool may_come_back = error.code == util::ErrorCode::unavailable;
    const std::string why(util::trim(url_.without_password(error.message)));
    become({was_leading && may_come_back ? Role::in_doubt : Role::standby, 0,
            may_come_back ? "the database cannot be asked which service runs its jobs"
                          : "the database is another version's",
            why});
  }

  void become(LeadershipStatus status) {
    const bool same = status.role == present_.role && status.term == present_.term && status.why == present_.why &&
                      status.detail == present_.detail;
    if (same) return;
    present_ = std::move(status);
    listener_(present_);
  }

  static util::Status status_of(const util::Result<PostgresRows>& rows) {
    return rows.ok() ? util::Status{} : util::Status(rows.error());
  }
  static std::string number_of(const char* name) { return std::to_string(lock_number(name)); }
  static std::string shown_holder(const PostgresRows& rows) {
    if (rows.empty()) return "it was not found a moment later";
    const auto since = util::Instant(std::chrono::milliseconds(std::stoll(rows.front()[1])));
    return holder_since(util::for_display(rows.front()[0], 100), since);
  }

  const DatabaseUrl url_;
  const LeadershipOptions options_;
  const std::string jobs_lock_;
  const std::string self_ = util::random_id();
  const File wake_;
  LeadershipStatus first_;
  Listener listener_;

  // Used by join(), and then only by the thread.
  PostgresHandle connection_{nullptr, &::PQfinish};
  std::vector<std::string> session_;  // identifies the last session: pid and start time of the server process
  LeadershipStatus present_;
  bool is_leader_ = false;

  std::thread thread_;  // last, because the thread uses all members above
};

}  // namespace

util::Result<std::unique_ptr<Leadership>> join_leadership(const std::string& database_url, LeadershipOptions options) {
  ASSIGN_OR_RETURN(const DatabaseUrl url, parse_database_url(database_url));
  if (url.dialect == Dialect::sqlite) return std::unique_ptr<Leadership>(std::make_unique<SoleLeadership>(options));
  auto joined = std::make_unique<PostgresLeadership>(url, std::move(options));
  RETURN_IF_ERROR(joined->join());
  return std::unique_ptr<Leadership>(std::move(joined));
}

}  // namespace store
