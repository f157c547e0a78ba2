#include <cerrno>
#include <exception>
#include <utility>

#include <sys/socket.h>

#include "http/connection.h"
#include "http/problem.h"
#include "http/response_head.h"
#include "util/log.h"

namespace http {
namespace {

constexpr std::size_t most_unpumped_bytes = 1U << 20U;
constexpr std::size_t most_idle_buffer_bytes = 64U << 10U;
constexpr auto linger_time = std::chrono::seconds(5);

/// Sources and live bodies are others' code: nothing of what they throw goes further.
Pump::Piece next_of(Pump& pump) {
  try {
    return pump.next();
  } catch (const std::exception& error) {
    util::log_error("exception from a body", {{"what", error.what()}});
  } catch (...) {
    util::log_error("exception from a body");
  }
  return {{}, Pump::State::failed};
}

bool asks_to_close(const Response& response) {
  const auto connection = response.headers.get("Connection");
  return connection && *connection == "close";
}

}  // namespace

void Connection::answer(std::uint64_t request_number, Response response) {
  Lock lock(mutex_);
  if (gone_ || lingering_ || turn_ != Turn::waiting || request_number != in_hand_.number) return;
  put(lock, std::move(response));
}

/// For what goes wrong below any route. The connection ends with it.
void Connection::put_problem(Lock& lock, int status, std::string reason) {
  if (turn_ == Turn::none) {  // not even a head
    InHand none;
    none.number = in_hand_.number + 1;
    none.id = site_.next_request_id();
    none.since = Clock::now();
    in_hand_ = std::move(none);
  }
  const util::ErrorCode code = status == 503 ? util::ErrorCode::unavailable : util::ErrorCode::invalid_argument;
  put(lock, problem(Request{}, util::Error::of(code, std::move(reason)), status), true);
}

void Connection::put(Lock& lock, Response response, bool close) {
  if (gone_ || lingering_ || turn_ == Turn::answering) return;
  set_turn(Turn::answering);
  for (const auto& [name, value] : in_hand_.fields) response.headers.add(name, value);
  response.headers.set("X-Content-Type-Options", "nosniff");
  const bool chunked = response.live != nullptr && in_hand_.http_1_1 && !is_bodyless(response.status);
  const bool until_close = response.live != nullptr && !in_hand_.http_1_1;
  Framing framing{in_hand_.http_1_1, true, chunked, std::nullopt, in_hand_.id};
  framing.keep_alive = in_hand_.keep_alive && !close && !until_close && !asks_to_close(response) && !site_.draining;
  if (response.source) {
    framing.content_length = response.source->size();
  } else if (response.live == nullptr && !is_bodyless(response.status)) {
    framing.content_length = response.body.size();
  }
  if (!append_head(out_, response, framing)) {
    util::log_error("an answer's header holds what no header can", {{"request", in_hand_.id}});
    response = Response::text(500, "the service has a fault; it has been logged\n");
    framing.chunked = false;
    framing.content_length = response.body.size();
    if (!append_head(out_, response, framing)) return abort(lock);
  }
  in_hand_.status = response.status;
  close_after_ = !framing.keep_alive;
  if (!in_hand_.is_head && !is_bodyless(response.status)) {
    if (response.source) {
      pump_ = pump_source(std::move(response.source));
    } else if (response.live) {
      pump_ = pump_live(std::move(response.live), framing.chunked, waker());
    } else if (response.body.size() > most_unpumped_bytes) {
      pump_ = pump_text(std::move(response.body));
    } else {
      out_ += response.body;
    }
  }
  flush(lock);
}

void Connection::flush(Lock& lock) {
  while (out_at_ < out_.size()) {
    const ssize_t sent = ::send(descriptor_, out_.data() + out_at_, out_.size() - out_at_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      out_at_ += static_cast<std::size_t>(sent);
      out_progress_ = Clock::now();
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      site_.sender_for(id_).when_writable(descriptor_, id_, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        Lock own(self->mutex_);
        if (!self->gone_) self->flush(own);
      });
      return watch(lock);
    } else if (errno != EINTR) {
      return abort(lock);
    }
  }
  out_.clear();
  out_at_ = 0;
  if (out_.capacity() > most_idle_buffer_bytes) out_.shrink_to_fit();
  if (turn_ != Turn::answering) return;
  if (pump_) {
    post_pump(lock);
  } else {
    finish_answer(lock);
  }
}

void Connection::finish_answer(Lock& lock) {
  if (lingering_) return;
  if (util::is_logged(util::LogLevel::debug)) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - in_hand_.since);
    util::log_debug("request", {{"request", in_hand_.id},
                                {"peer", ends_.peer_address},
                                {"what", in_hand_.summary},
                                {"status", in_hand_.status},
                                {"microseconds", took.count()}});
  }
  set_turn(Turn::none);
  idle_since_ = Clock::now();
  if (close_after_) return linger(lock);
  if (!parsing_ && must_continue()) schedule_parse(lock);
  watch(lock);
}

/// Ends our side, and reads on for a while: closing at once could take the answer away from the client.
void Connection::linger(Lock& lock) {
  lingering_ = true;
  linger_until_ = Clock::now() + linger_time;
  held_.clear();
  ::shutdown(descriptor_, SHUT_WR);
  room_.notify_all();
  watch(lock);
}

void Connection::post_pump(Lock&) {
  if (std::exchange(pump_posted_, true)) return;
  site_.sender_for(id_).post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->pump();
  });
}

/// On the sending thread: one piece, then others have their turn.
void Connection::pump() {
  std::shared_ptr<Pump> pump;
  {
    const Lock lock(mutex_);
    pump_posted_ = false;
    if (gone_ || !pump_ || out_at_ < out_.size()) return;
    pump = pump_;
  }
  Pump::Piece piece = next_of(*pump);
  Lock lock(mutex_);
  if (gone_ || pump_ != pump) return;
  if (piece.state == Pump::State::failed) return abort(lock);
  out_ = std::move(piece.bytes);
  out_at_ = 0;
  if (piece.state == Pump::State::ended) pump_.reset();
  if (piece.state != Pump::State::wait || !out_.empty()) flush(lock);
}

std::function<void()> Connection::waker() {
  return [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    Lock lock(self->mutex_);
    if (!self->gone_ && self->pump_) self->post_pump(lock);
  };
}

}  // namespace http
