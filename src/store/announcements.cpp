#include "store/announcements.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include <sys/eventfd.h>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "store/blob_file.h"
#include "store/libpq.h"
#include "store/url.h"
#include "util/log.h"
#include "util/random.h"

namespace store {
namespace {

/// PostgreSQL requires payloads of less than 8000 bytes.
constexpr std::size_t longest_payload = 7500;
/// The most words that wait while the database is away. More are dropped: after an outage the other services read all
/// tables again anyway (Listener::on_gap).
constexpr std::size_t most_waiting = 100'000;
constexpr int pause_after_failure_ms = 1000;
constexpr std::chrono::milliseconds gathering_time{5};

class Silence : public Announcements {
 public:
  void announce(const std::string&) override {}
  void stop() override {}
};

class PostgresAnnouncements final : public Announcements {
 public:
  PostgresAnnouncements(DatabaseUrl url, std::string channel, Listener listener)
      : url_(std::move(url)),
        channel_(std::move(channel)),
        listener_(std::move(listener)),
        wake_(::eventfd(0, EFD_CLOEXEC)) {
    thread_ = std::thread([this] { run(); });
    ::pthread_setname_np(thread_.native_handle(), "db-listener");
  }
  ~PostgresAnnouncements() override { stop(); }

  void announce(const std::string& word) override {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || waiting_.size() >= most_waiting || !known_.insert(word).second) return;
      waiting_.push_back(word);
    }
    wake();
  }

  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake();
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Clock = std::chrono::steady_clock;

  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.number(), &one, sizeof one);
  }

  bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  void run() {
    for (bool first = true; !stopping(); first = false) {
      const PostgresHandle connection = connect();
      if (!connection) {
        wait(-1, pause_after_failure_ms);
        continue;
      }
      if (!first) listener_.on_gap();
      while (tell_waiting(connection.get())) {
        hear(connection.get());
        if (stopping()) break;
        wait(::PQsocket(connection.get()), -1);
        gather(::PQsocket(connection.get()));
        if (::PQconsumeInput(connection.get()) == 0 || ::PQstatus(connection.get()) != CONNECTION_OK) break;
      }
    }
  }

  /// A connection that listens on the channel; null when the database cannot be reached.
  PostgresHandle connect() {
    auto connection = connect_to_postgres(url_);
    const bool listens = connection.ok() && execute(connection->get(), "SET synchronous_commit = off") &&
                         execute(connection->get(), ("LISTEN " + channel_).c_str());
    if (listens) return std::move(connection).value();
    util::log_warning("database's announcements not reached",
                      {{"error", connection.ok() ? url_.without_password(::PQerrorMessage(connection->get()))
                                                 : connection.error().message}});
    return {nullptr, &::PQfinish};
  }

  static bool execute(PGconn* connection, const char* statement) {
    const PostgresAnswer result(::PQexec(connection, statement), &::PQclear);
    return ::PQresultStatus(result.get()) == PGRES_COMMAND_OK;
  }

  /// Sends all waiting words. False: the connection is lost, and the words that were not sent still wait.
  bool tell_waiting(PGconn* connection) {
    for (;;) {
      std::vector<std::string> words;
      const std::string payload = take(words);
      if (payload.empty()) return true;
      const std::array<const char*, 2> values{channel_.c_str(), payload.c_str()};
      const PostgresAnswer result(
          ::PQexecParams(connection, "SELECT pg_notify($1, $2)", 2, nullptr, values.data(), nullptr, nullptr, 0),
          &::PQclear);
      if (::PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
        give_back(std::move(words));
        return false;
      }
      last_sent_ = Clock::now();
    }
  }

  /// The next payload, "sender word word…", with its words in `words`; empty when no word waits. These words may be
  /// queued again from now on, because what they announce may change again while the payload is being sent.
  std::string take(std::vector<std::string>& words) {
    const std::lock_guard lock(mutex_);
    std::string payload;
    while (!waiting_.empty() && payload.size() + waiting_.front().size() < longest_payload) {
      if (payload.empty()) payload = self_;
      payload += " " + waiting_.front();
      known_.erase(waiting_.front());
      words.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return payload;
  }

  void give_back(std::vector<std::string> words) {
    const std::lock_guard lock(mutex_);
    for (auto word = words.rbegin(); word != words.rend(); ++word) {
      if (known_.insert(*word).second) waiting_.push_front(std::move(*word));
    }
  }

  void hear(PGconn* connection) {
    using Notification = std::unique_ptr<PGnotify, decltype(&::PQfreemem)>;
    while (const Notification told{::PQnotifies(connection), &::PQfreemem}) take_apart(told->extra);
  }

  void take_apart(std::string_view payload) {
    const auto split = [&payload] {
      const std::string_view word = payload.substr(0, payload.find(' '));
      payload.remove_prefix(std::min(payload.size(), word.size() + 1));
      return word;
    };
    if (split() == self_) return;
    while (!payload.empty()) {
      if (const std::string_view word = split(); !word.empty()) listener_.on_announcement(std::string(word));
    }
  }

  /// Waits a little after the last words were sent, unless something can be heard. Under load many words share a
  /// statement so, which costs the server a transaction.
  void gather(int descriptor) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(last_sent_ + gathering_time - Clock::now());
    if (left.count() <= 0 || stopping()) return;
    pollfd waited{descriptor, POLLIN, 0};
    ::poll(&waited, 1, static_cast<int>(left.count()));
  }

  /// Waits until wake() is called or the descriptor is readable.
  void wait(int descriptor, int at_most_ms) {
    std::array<pollfd, 2> waited{{{wake_.number(), POLLIN, 0}, {descriptor, POLLIN, 0}}};
    if (::poll(waited.data(), waited.size(), at_most_ms) <= 0 || waited[0].revents == 0) return;
    std::uint64_t count = 0;
    [[maybe_unused]] const auto read = ::read(wake_.number(), &count, sizeof count);
  }

  const DatabaseUrl url_;
  const std::string channel_;
  const Listener listener_;
  const std::string self_ = util::random_id();
  const File wake_;
  std::mutex mutex_;
  std::deque<std::string> waiting_;
  std::unordered_set<std::string> known_;  // the words in waiting_
  bool stopping_ = false;
  Clock::time_point last_sent_;  // used by the thread only
  std::thread thread_;           // last, because the thread uses all members above
};

}  // namespace

std::unique_ptr<Announcements> open_announcements(const DatabaseUrl& url, std::string channel,
                                                  Announcements::Listener listener) {
  if (url.dialect == Dialect::sqlite) return std::make_unique<Silence>();
  return std::make_unique<PostgresAnnouncements>(url, std::move(channel), std::move(listener));
}

}  // namespace store
