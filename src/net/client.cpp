#include "net/client.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <list>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include <pthread.h>

#include "net/transfer.h"

namespace net {
namespace {

constexpr std::size_t most_idle_handles = 32;
constexpr auto longest_sleep = std::chrono::minutes{1};

util::Error stopped() {
  return util::Error::of(util::ErrorCode::unavailable, "the service is stopping: no calls are made any more");
}

/// Requests of other threads to the net thread. Handles share it, so it may outlive the client.
class Mailbox {
 public:
  struct Letters {
    std::vector<std::unique_ptr<Transfer>> starts;
    std::vector<std::shared_ptr<CallEnd>> cancels;
    bool closed = false;
  };

  explicit Mailbox(CURLM* multi) : multi_(multi) {}

  /// Returns null, or gives the transfer back when the mailbox is closed.
  std::unique_ptr<Transfer> start(std::unique_ptr<Transfer> transfer) {
    const std::lock_guard lock(mutex_);
    if (letters_.closed) return transfer;
    letters_.starts.push_back(std::move(transfer));
    curl_multi_wakeup(multi_);
    return nullptr;
  }

  void cancel(std::shared_ptr<CallEnd> end) {
    const std::lock_guard lock(mutex_);
    if (letters_.closed) return;
    letters_.cancels.push_back(std::move(end));
    curl_multi_wakeup(multi_);
  }

  void close() {
    const std::lock_guard lock(mutex_);
    if (letters_.closed) return;
    letters_.closed = true;
    curl_multi_wakeup(multi_);
  }

  Letters take() {
    Letters taken;
    const std::lock_guard lock(mutex_);
    taken.closed = letters_.closed;
    std::swap(taken, letters_);
    letters_.closed = taken.closed;
    return taken;
  }

 private:
  std::mutex mutex_;
  CURLM* multi_;
  Letters letters_;
};

/// Counts the open calls and decides whether another one may begin. libcurl has limits of its own, but a call that
/// waits for them has no timeout (as of 7.88).
class Gate {
 public:
  explicit Gate(CallLimits limits) : limits_(limits) {}

  bool enter(const std::string& host, Lane lane) {
    const auto of_host = by_host_.try_emplace(host).first;
    const bool has_room = fits(all_, limits_.all, lane) && fits(of_host->second, limits_.per_host, lane);
    if (has_room) {
      ++all_[lane];
      ++of_host->second[lane];
    } else if (of_host->second.total() == 0) {
      by_host_.erase(of_host);
    }
    return has_room;
  }

  void leave(const std::string& host, Lane lane) {
    --all_[lane];
    const auto of_host = by_host_.find(host);
    --of_host->second[lane];
    if (of_host->second.total() == 0) by_host_.erase(of_host);
  }

 private:
  struct Open {
    std::array<std::size_t, 3> by_lane{};
    std::size_t& operator[](Lane lane) { return by_lane.at(static_cast<std::size_t>(lane)); }
    std::size_t streams() const { return by_lane[static_cast<std::size_t>(Lane::stream)]; }
    std::size_t bulk() const { return streams() + by_lane[static_cast<std::size_t>(Lane::transfer)]; }
    std::size_t total() const { return bulk() + by_lane[static_cast<std::size_t>(Lane::control)]; }
  };

  /// At least one, else calls of that kind would wait for ever.
  static std::size_t share(std::size_t limit, std::size_t percent) {
    return std::max<std::size_t>(1, limit * percent / 100);
  }

  bool fits(const Open& open, std::size_t limit, Lane lane) const {
    if (open.total() >= limit) return false;
    if (lane == Lane::control) return true;
    if (open.bulk() >= share(limit, limits_.bulk_percent)) return false;
    return lane != Lane::stream || open.streams() < share(limit, limits_.streams_percent);
  }

  const CallLimits limits_;
  Open all_;
  std::unordered_map<std::string, Open> by_host_;
};

}  // namespace

const std::string* Response::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return &value;
  }
  return nullptr;
}

struct Handle::State {
  std::shared_ptr<CallEnd> end;
  std::shared_ptr<Mailbox> mailbox;
};

void Handle::cancel() const {
  if (state_ && state_->end->cancel()) state_->mailbox->cancel(state_->end);
}

struct Client::Impl {
  explicit Impl(const CallLimits& limits);
  ~Impl();

  using Clock = std::chrono::steady_clock;
  struct Running {
    CURL* easy = nullptr;
    std::string host;
    Lane lane = Lane::control;
    std::unique_ptr<Transfer> transfer;
  };
  struct Waiting {
    std::string host;
    Clock::time_point since;
    std::optional<Clock::time_point> until;  // nullopt: without limit
    std::unique_ptr<Transfer> transfer;
  };
  using Node = std::unordered_map<const CallEnd*, Running>::node_type;

  void run();
  void begin(std::unique_ptr<Transfer> transfer);
  void go(std::string host, std::unique_ptr<Transfer> transfer);
  void drop(const CallEnd& end);
  void end(const CallEnd* call, CURLcode code);
  void collect();
  void resume_yielded();
  void leave(const Node& node);
  void serve_waiting();
  int sleep_ms() const;
  void drop_all();
  CURL* take_easy();
  void give_back(CURL* easy);

  CURLM* multi = nullptr;
  std::shared_ptr<Mailbox> mailbox;
  Gate gate;
  std::unordered_map<const CallEnd*, Running> running;
  std::list<Waiting> waiting;           // in the order of their start()
  std::vector<const CallEnd*> yielded;  // calls that were paused because their turn was over; to be resumed
  std::vector<CURL*> idle;
  std::mutex stop_mutex;
  std::thread thread;
};

Client::Impl::Impl(const CallLimits& limits) : gate(limits) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  multi = curl_multi_init();
  // The limit counts busy and idle connections. No more calls than this are open at once, so libcurl can always close
  // an idle connection when it needs a new one.
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(limits.all));
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(limits.all / 4 + 1));
  mailbox = std::make_shared<Mailbox>(multi);
  thread = std::thread([this] { run(); });
  pthread_setname_np(thread.native_handle(), "net");
}

Client::Impl::~Impl() {
  for (CURL* easy : idle) curl_easy_cleanup(easy);
  curl_multi_cleanup(multi);
}

CURL* Client::Impl::take_easy() {
  if (idle.empty()) {
    CURL* fresh = curl_easy_init();
    if (fresh == nullptr) throw std::bad_alloc();
    return fresh;
  }
  CURL* easy = idle.back();
  idle.pop_back();
  return easy;
}

void Client::Impl::give_back(CURL* easy) {
  if (idle.size() == most_idle_handles) return curl_easy_cleanup(easy);
  curl_easy_reset(easy);
  idle.push_back(easy);
}

void Client::Impl::begin(std::unique_ptr<Transfer> transfer) {
  std::string host = transfer->target();
  if (gate.enter(host, transfer->lane())) return go(std::move(host), std::move(transfer));
  const auto now = Clock::now();
  std::optional<Clock::time_point> until;
  if (const auto longest = transfer->longest_wait()) until = now + *longest;
  waiting.push_back({std::move(host), now, until, std::move(transfer)});
}

void Client::Impl::go(std::string host, std::unique_ptr<Transfer> transfer) {
  CURL* easy = take_easy();
  auto ready = transfer->prepare(easy, yielded);
  if (ready) {
    const CURLMcode code = curl_multi_add_handle(multi, easy);
    if (code != CURLM_OK) ready = util::Error::of(util::ErrorCode::internal, curl_multi_strerror(code));
  }
  if (!ready) {
    gate.leave(host, transfer->lane());
    give_back(easy);
    return transfer->finish(std::move(ready).error());
  }
  const CallEnd* key = transfer->end();
  const auto lane = transfer->lane();
  running.emplace(key, Running{easy, std::move(host), lane, std::move(transfer)});
}

void Client::Impl::leave(const Node& node) {
  std::erase(yielded, node.key());  // a later call may get the same address
  curl_multi_remove_handle(multi, node.mapped().easy);
  give_back(node.mapped().easy);
  gate.leave(node.mapped().host, node.mapped().lane);
}

void Client::Impl::drop(const CallEnd& end) {
  if (const auto node = running.extract(&end)) return leave(node);
  waiting.remove_if([&](const Waiting& call) { return call.transfer->end() == &end; });
}

void Client::Impl::end(const CallEnd* call, CURLcode code) {
  const auto node = running.extract(call);
  auto outcome = node.mapped().transfer->outcome(code);
  leave(node);
  node.mapped().transfer->finish(std::move(outcome));
}

void Client::Impl::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    end(reinterpret_cast<Transfer*>(transfer)->end(), code);
  }
}

void Client::Impl::resume_yielded() {
  for (const CallEnd* call : std::exchange(yielded, {})) {
    const auto found = running.find(call);
    if (found == running.end()) continue;
    if (const CURLcode code = found->second.transfer->resume(); code != CURLE_OK) end(call, code);
  }
}

void Client::Impl::serve_waiting() {
  const auto now = Clock::now();
  for (auto call = waiting.begin(); call != waiting.end();) {
    if (gate.enter(call->host, call->transfer->lane())) {
      call->transfer->has_waited(std::chrono::ceil<std::chrono::milliseconds>(now - call->since));
      go(std::move(call->host), std::move(call->transfer));
    } else if (call->until && *call->until <= now) {
      call->transfer->finish(util::Error::of(util::ErrorCode::too_many,
                                             "no connection to " + call->host + ": too many calls are open already"));
    } else {
      ++call;
      continue;
    }
    call = waiting.erase(call);
  }
}

int Client::Impl::sleep_ms() const {
  if (!yielded.empty()) return 0;
  auto until = Clock::now() + longest_sleep;
  for (const Waiting& call : waiting) until = std::min(until, call.until.value_or(until));
  const auto time = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(time.count(), 0));
}

void Client::Impl::drop_all() {
  for (auto& call : waiting) call.transfer->finish(stopped());
  waiting.clear();
  while (!running.empty()) {
    const auto node = running.extract(running.begin());
    leave(node);
    node.mapped().transfer->finish(stopped());
  }
}

void Client::Impl::run() {
  // Other threads handle the signals; TLS writes on this thread may raise SIGPIPE.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);

  while (true) {
    auto letters = mailbox->take();
    for (auto& transfer : letters.starts) begin(std::move(transfer));
    for (const auto& end : letters.cancels) drop(*end);
    if (letters.closed) return drop_all();
    int still_running = 0;
    resume_yielded();
    curl_multi_perform(multi, &still_running);
    collect();
    serve_waiting();
    curl_multi_poll(multi, nullptr, 0, sleep_ms(), nullptr);
  }
}

Client::Client(CallLimits limits) : impl_(std::make_unique<Impl>(limits)) {}

Client::~Client() { stop(); }

Handle Client::start(Call call, Done done) {
  Handle handle;
  handle.state_ = std::make_shared<Handle::State>();
  handle.state_->end = std::make_shared<CallEnd>();
  handle.state_->mailbox = impl_->mailbox;
  auto transfer = std::make_unique<Transfer>(std::move(call), std::move(done), handle.state_->end);
  if (auto refused = impl_->mailbox->start(std::move(transfer))) refused->finish(stopped());
  return handle;
}

void Client::stop() {
  impl_->mailbox->close();
  const std::lock_guard lock(impl_->stop_mutex);
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace net
