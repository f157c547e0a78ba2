#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include <sys/sendfile.h>
#include <sys/socket.h>

#include "http/connection.h"
#include "http/problem.h"
#include "http/response_head.h"
#include "util/log.h"

namespace http {
namespace {

constexpr std::size_t most_unpumped_bytes = 1U << 20U;
constexpr std::size_t most_idle_buffer_bytes = 64U << 10U;
// When a client stops reading, one piece stays in memory. So only clients that read fast get large pieces.
constexpr std::size_t smallest_piece_bytes = 16U << 10U;
constexpr std::size_t largest_piece_bytes = 128U << 10U;
constexpr auto linger_time = std::chrono::seconds(5);

/// Catches the exceptions of sources and live bodies, which are code of other rooms.
Pump::Piece next_of(Pump& pump, std::size_t capacity) {
  try {
    return pump.next(capacity);
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

/// Answers an error that occurred outside of any route, and closes the connection afterwards.
void Connection::put_problem(Lock& lock, const util::Error& error, int status) {
  if (turn_ == Turn::none) {  // no request has begun, so the answer needs an id of its own
    InHand none;
    none.number = in_hand_.number + 1;
    none.id = site_.next_request_id();
    none.since = Clock::now();
    in_hand_ = std::move(none);
  }
  put(lock, problem(Request{}, error, status), true);
}

void Connection::put_problem(Lock& lock, int status, std::string reason) {
  put_problem(lock, util::Error::of(util::ErrorCode::invalid_argument, std::move(reason)), status);
}

void Connection::put(Lock& lock, Response response, bool close) {
  if (gone_ || lingering_ || turn_ == Turn::answering) return;
  set_turn(Turn::answering);
  for (const auto& [name, value] : in_hand_.fields) response.headers.add(name, value);
  const bool invites = in_hand_.is_reading || response.status == 403;
  for (const std::string& challenge : in_hand_.challenges) {
    if (invites) response.headers.add("WWW-Authenticate", challenge);
  }
  response.headers.set("X-Content-Type-Options", "nosniff");
  taken_bytes_ = 0;
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
  if (turn_ == Turn::answering && !pump_) shares_ = {};  // the client may send its next request after this answer
  while (has_output()) {
    const ssize_t sent = send_some();
    if (sent > 0) {
      out_progress_ = Clock::now();
    } else if (sent == 0) {
      util::log_warning("a body ended early", {{"why", "its file is shorter than it was"}});
      return abort(lock);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      taken_bytes_ = 0;
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
  taken_bytes_ += out_.size();
  out_.clear();
  out_at_ = 0;
  out_file_owner_.reset();
  if (out_.capacity() > most_idle_buffer_bytes) out_.shrink_to_fit();
  if (turn_ != Turn::answering) return;
  if (pump_) {
    post_pump(lock);
  } else {
    finish_answer(lock);
  }
}

ssize_t Connection::send_some() {
  if (out_at_ < out_.size()) {
    const std::size_t left = out_.size() - out_at_;
    const ssize_t sent = ::send(descriptor_, out_.data() + out_at_, left, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) out_at_ += static_cast<std::size_t>(sent);
    return sent;
  }
  auto offset = static_cast<off_t>(out_file_.offset);
  const ssize_t sent = ::sendfile(descriptor_, out_file_.descriptor, &offset, out_file_.length);
  if (sent > 0) {
    out_file_.offset += static_cast<std::uint64_t>(sent);
    out_file_.length -= static_cast<std::size_t>(sent);
  }
  return sent;
}

/// Failures of the service (5xx) are logged as warnings. Input that is no valid request, and 501 and 505, are not, so
/// that clients cannot fill the log.
void Connection::log_answer() const {
  const auto took = Clock::now() - in_hand_.since;
  const int status = in_hand_.status;
  in_hand_.meter->count(status, took);
  const bool failed = status >= 500 && status != 501 && status != 505 && !in_hand_.summary.empty();
  const bool all = site_.options.log_requests;
  const util::LogLevel level = failed ? util::LogLevel::warning : all ? util::LogLevel::info : util::LogLevel::debug;
  if (!util::is_logged(level)) return;
  util::log(level, "request",
            {{"request", in_hand_.id},
             {"trace", in_hand_.trace},
             {"peer", in_hand_.peer.empty() ? ends_.peer_address : in_hand_.peer},
             {"user", in_hand_.user},
             {"what", in_hand_.summary},
             {"status", status},
             {"microseconds", std::chrono::duration_cast<std::chrono::microseconds>(took).count()}});
}

void Connection::finish_answer(Lock& lock) {
  if (lingering_) return;
  log_answer();
  set_turn(Turn::none);
  idle_since_ = Clock::now();
  if (close_after_) return linger(lock);
  if (!parsing_ && must_continue()) schedule_parse(lock);
  watch(lock);
}

/// Shuts the sending side down and reads on for a while: an immediate close could destroy the answer on its way to the
/// client.
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

/// Runs on the sending thread. Sends one piece, so that other connections have their turn in between.
void Connection::pump() {
  std::shared_ptr<Pump> pump;
  std::size_t capacity = 0;
  {
    const Lock lock(mutex_);
    pump_posted_ = false;
    if (gone_ || !pump_ || has_output()) return;
    pump = pump_;
    capacity = std::clamp(taken_bytes_ / 4, smallest_piece_bytes, largest_piece_bytes);
  }
  Pump::Piece piece = next_of(*pump, capacity);
  Lock lock(mutex_);
  if (gone_ || pump_ != pump) return;
  if (piece.state == Pump::State::failed) return abort(lock);
  out_ = std::move(piece.bytes);
  out_at_ = 0;
  out_file_ = piece.file;
  if (out_file_.length > 0) out_file_owner_ = std::move(pump);
  if (piece.state == Pump::State::ended) pump_.reset();
  if (piece.state != Pump::State::wait || has_output()) flush(lock);
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
