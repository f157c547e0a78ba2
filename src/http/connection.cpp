#include "http/connection.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "http/problem.h"
#include "util/log.h"

namespace http {
namespace {

constexpr std::size_t most_held_bytes = 64U << 10U;
constexpr std::size_t most_discarded_bytes = 1U << 20U;
constexpr auto longest_wait_for_room = std::chrono::seconds(10);
constexpr auto parse_recheck = std::chrono::seconds(1);

struct Endpoint {
  std::string address;
  std::string authority;
};

Endpoint endpoint_of(const sockaddr_storage& name) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (name.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(name);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return {text.data(), std::string(text.data()) + ":" + std::to_string(ntohs(v4.sin_port))};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(name);
  inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  std::string address(text.data());
  constexpr std::string_view mapped = "::ffff:";
  if (address.starts_with(mapped) && address.find('.') != std::string::npos) address.erase(0, mapped.size());
  return {address, "[" + address + "]:" + std::to_string(ntohs(v6.sin6_port))};
}

ConnectionEnds ends_of(int descriptor) {
  sockaddr_storage peer{};
  sockaddr_storage local{};
  socklen_t peer_size = sizeof peer;
  socklen_t local_size = sizeof local;
  ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &peer_size);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &local_size);
  return {endpoint_of(peer).address, endpoint_of(local).authority};
}

}  // namespace

Connection::Connection(Site& site, int descriptor, std::uint64_t id, std::size_t worker)
    : site_(site),
      id_(id),
      descriptor_(descriptor),
      worker_(worker),
      ends_(ends_of(descriptor)),
      framer_({site.options.max_target_bytes, site.options.max_head_bytes, site.options.max_fields}, *this),
      idle_since_(Clock::now()),
      last_input_(idle_since_) {}

bool Connection::begin(bool room) {
  // The connections of a trusted proxy serve many clients and are not limited by address.
  const bool is_counted = room && !site_.forwarding.trusts(ends_.peer_address);
  auto hold = is_counted ? site_.limits->connect(site_.limits->counted(ends_.peer_address)) : Quota::Hold();
  Lock lock(mutex_);
  if (room && hold.ok()) {
    connection_hold_ = std::move(hold).value();
    watch(lock);
    return true;
  }
  if (!refusal_.grow_to(site_.refusals, 1)) return false;
  if (room) {
    put_problem(lock, hold.error(), 429);
  } else {
    put_problem(lock, util::Error::busy("too many connections are open", std::chrono::seconds(5)), 503);
  }
  return true;
}

std::string Connection::request_id() const {
  const std::lock_guard lock(mutex_);
  return in_hand_.id;
}

void Connection::on_input(std::string_view bytes) {
  Lock lock(mutex_);
  last_input_ = Clock::now();
  if (turn_ == Turn::reading) read_bytes_ += bytes.size();
  if (may_parse(lock, bytes)) parse(lock, bytes);
}

/// True when the caller may parse `bytes` now. False when they were kept for later or discarded.
bool Connection::may_parse(Lock& lock, std::string_view bytes) {
  const auto give_up = Clock::now() + longest_wait_for_room;
  while (!gone_) {
    if (lingering_) {
      discard(lock, bytes.size());
      return false;
    }
    if (!parsing_ && !is_waiting()) return true;
    const std::size_t kept = held_.size() + (parsing_ ? 0 : framer_.kept_bytes());
    if (kept + bytes.size() <= most_held_bytes) {
      held_ += bytes;
      return false;
    }
    if (!parsing_ && !verdict_pending_) {
      overflow(lock);
      return false;
    }
    if (room_.wait_until(lock, give_up) == std::cv_status::timeout) {
      abort(lock);
      return false;
    }
  }
  return false;
}

/// True while the current request waits for a verdict on its identity, or its answer is not sent yet.
bool Connection::is_waiting() const { return verdict_pending_ || turn_ == Turn::waiting || turn_ == Turn::answering; }

void Connection::overflow(Lock& lock) {
  if (turn_ != Turn::waiting) return abort(lock);
  const auto exchange = in_hand_.exchange.lock();
  put_problem(lock, 413, "more than 64 kB were sent behind a request that is not answered yet");
  lock.unlock();
  if (exchange) exchange->client_left();
}

/// True when there is input, or a result of another thread, with which parsing can continue now.
bool Connection::must_continue() const {
  const bool has_more = !held_.empty() || (framer_.held() && framer_.kept_bytes() > 0);
  return !gone_ && !lingering_ && !is_waiting() && (has_more || verdict_.has_value() || finished_.has_value());
}

/// Catches the exceptions of sinks and authenticators, which are code of other rooms.
void Connection::parse(Lock& lock, std::string_view bytes) {
  parsing_ = true;
  const auto began = Clock::now();
  try {
    parse_all(lock, bytes);
  } catch (const std::exception& error) {
    util::log_error("exception while reading a request", {{"what", error.what()}});
    if (!lock.owns_lock()) lock.lock();
    abort(lock);
  }
  parsing_ = false;
  room_.notify_all();
  if (gone_) {
    reader_.reset();
    return;
  }
  if (turn_ == Turn::reading) reading_since_ += Clock::now() - std::max(began, reading_since_);
  const bool in_head = !is_waiting() && framer_.state() == Framer::State::head;
  if (!in_head) head_since_.reset();
  if (in_head && !head_since_) head_since_ = Clock::now();
  watch(lock);
}

void Connection::parse_all(Lock& lock, std::string_view bytes) {
  std::string input;
  do {
    if (!held_.empty()) {
      input = std::exchange(held_, {});
      input += bytes;
      bytes = input;
    }
    const bool has_verdict = verdict_.has_value();
    const bool has_finished = finished_.has_value();
    room_.notify_all();
    lock.unlock();
    Step step = Step::go_on;
    if (has_verdict) step = take_verdict();
    if (has_finished) step = take_finished();
    if (step == Step::stop) framer_.stop();
    if (step != Step::hold && framer_.held()) framer_.resume();
    framer_.feed(bytes);
    bytes = {};
    lock.lock();
  } while (must_continue());
}

void Connection::schedule_parse(Lock&) {
  site_.sender_for(id_).post([self = shared_from_this()] {
    Lock lock(self->mutex_);
    if (!self->parsing_ && self->must_continue()) self->parse(lock, {});
  });
}

void Connection::discard(Lock& lock, std::size_t count) {
  discarded_ += count;
  if (discarded_ > most_discarded_bytes) abort(lock);
}

/// Shuts the socket down. The worker then notices the end and calls on_end().
void Connection::abort(Lock&) {
  if (gone_) return;
  if (lingering_) {
    // A client that still sends, while this side reads no more, would wait for minutes; a TCP reset ends that at once.
    const ::linger none{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  }
  ::shutdown(descriptor_, SHUT_RDWR);
}

void Connection::close() {
  Lock lock(mutex_);
  abort(lock);
}

void Connection::set_turn(Turn turn) {
  const bool was_idle = turn_ == Turn::none;
  const bool is_idle = turn == Turn::none;
  turn_ = turn;
  if (is_idle) shares_ = {};
  if (was_idle && !is_idle) site_.connections.begin_turn();
  if (!was_idle && is_idle) site_.connections.end_turn();
}

void Connection::on_end() {
  std::shared_ptr<Exchange> exchange;
  std::shared_ptr<Pump> pump;
  std::shared_ptr<Pump> file_owner;
  std::unique_ptr<BodyReader> reader;
  {
    const Lock lock(mutex_);
    if (gone_) return;
    gone_ = true;
    if (turn_ == Turn::waiting) exchange = in_hand_.exchange.lock();
    pump.swap(pump_);
    file_owner.swap(out_file_owner_);
    out_file_ = {};
    if (!parsing_) reader.swap(reader_);
    set_turn(Turn::none);
    if (timer_ != 0) site_.timers.cancel(timer_);
    site_.sender_for(id_).forget(id_);
    connection_hold_.reset();
    refusal_.reset();
    site_.connections.remove(id_);
    room_.notify_all();
  }
  if (exchange) exchange->client_left();
}

std::optional<Connection::Clock::time_point> Connection::due() const {
  const ServerOptions& options = site_.options;
  if (lingering_) return linger_until_;
  if (has_output()) return out_progress_ + options.send_timeout;
  if (is_waiting()) return std::nullopt;
  if (turn_ == Turn::reading) {
    const std::chrono::milliseconds slowest(read_bytes_ * 1000 / options.min_body_rate);
    return std::min(last_input_, reading_since_ + slowest) + options.body_timeout;
  }
  if (head_since_) return *head_since_ + options.head_timeout;
  return idle_since_ + options.idle_timeout;
}

/// Sets the timer for due(). If the deadline has only moved to a later time, the timer stays as it is; on_timer()
/// checks the deadline again.
void Connection::watch(Lock&) {
  const auto deadline = due();
  if (gone_ || !deadline || (timer_ != 0 && timer_at_ <= *deadline)) return;
  if (timer_ != 0) site_.timers.cancel(timer_);
  timer_at_ = *deadline;
  timer_ = site_.timers.after(*deadline - Clock::now(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->on_timer();
  });
}

void Connection::on_timer() {
  Lock lock(mutex_);
  timer_ = 0;
  if (gone_) return;
  const auto deadline = due();
  if (!deadline) return;
  const auto now = Clock::now();
  if (*deadline > now) return watch(lock);
  if (!parsing_) return expire(lock);
  timer_at_ = now + parse_recheck;  // parsing takes long because a sink is slow; the client is not late
  timer_ = site_.timers.after(parse_recheck, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->on_timer();
  });
}

void Connection::expire(Lock& lock) {
  if (lingering_ || has_output()) return abort(lock);
  if (turn_ == Turn::reading) return put_problem(lock, 408, "the rest of the body did not come in time");
  if (head_since_) return put_problem(lock, 408, "the rest of the request's head did not come in time");
  abort(lock);
}

}  // namespace http
