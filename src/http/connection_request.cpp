#include <algorithm>
#include <exception>
#include <utility>

#include "http/connection.h"
#include "http/problem.h"
#include "util/log.h"

namespace http {
namespace {

constexpr const char* fault_text = "the service has a fault; it has been logged";

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

/// Catches the exceptions of sinks, which are code of other rooms.
util::Status finish_guarded(BodyReader& reader) {
  try {
    return reader.finish();
  } catch (const std::exception& error) {
    util::log_error("exception while finishing a body", {{"what", error.what()}});
  } catch (...) {
    util::log_error("exception while finishing a body");
  }
  return util::Error::of(util::ErrorCode::internal, fault_text);
}

}  // namespace

void Connection::begin_request(const MessageHead& head) {
  const Lock lock(mutex_);
  InHand next;
  next.number = in_hand_.number + 1;
  next.id = site_.next_request_id();
  next.is_head = head.method == "HEAD";
  next.is_reading = next.is_head || head.method == "GET";
  next.http_1_1 = head.http_1_1;
  next.keep_alive = head.keep_alive;
  next.head_complete = true;
  next.since = Clock::now();
  in_hand_ = std::move(next);
  reading_since_ = in_hand_.since;
  read_bytes_ = 0;
  set_turn(Turn::reading);
}

Connection::Step Connection::on_head(MessageHead head) {
  begin_request(head);
  has_body_ = head.has_body();
  expects_continue_ = head.expects_continue;
  content_length_ = head.content_length;
  reader_.reset();
  RoutedRequest intake = route_request(site_, ends_, std::move(head), in_hand_.id);
  request_ = std::move(intake.request);
  route_ = intake.route;
  {
    const Lock lock(mutex_);
    in_hand_.summary = std::string(to_string(request_->method)) + " " + request_->path;
    in_hand_.fields = site_.origins.fields_for(request_->headers);
    if (request_->peer_address != ends_.peer_address) in_hand_.peer = request_->peer_address;
    if (request_->trace) in_hand_.trace = request_->trace->id;
    if (route_ != nullptr) in_hand_.meter = route_->meter;
  }
  if (intake.answer) return refuse(*std::move(intake.answer));
  if (const auto fine = count_in(); !fine.ok()) return refuse(fine.error());
  if (!route_->needs_identity && !route_->judges_credentials) return admit({});
  {
    const Lock lock(mutex_);
    verdict_pending_ = true;
  }
  site_.authenticator.authenticate(
      {ends_.peer_address, request_->headers, route_->needs_identity},
      [self = shared_from_this()](util::Result<Identity> verdict) { self->on_verdict(std::move(verdict)); });
  {
    const Lock lock(mutex_);
    if (verdict_pending_) return Step::hold;
  }
  return take_verdict();
}

/// Called within authenticate(), or later on a thread of the authenticator.
void Connection::on_verdict(util::Result<Identity> verdict) {
  Lock lock(mutex_);
  if (gone_ || !verdict_pending_) return;
  verdict_pending_ = false;
  verdict_ = std::move(verdict);
  room_.notify_all();
  if (!parsing_) schedule_parse(lock);
}

Connection::Step Connection::take_verdict() {
  std::optional<util::Result<Identity>> verdict;
  {
    const Lock lock(mutex_);
    last_input_ = reading_since_ = Clock::now();  // the client is not to blame for this wait
    verdict.swap(verdict_);
  }
  if (!verdict->ok()) return refuse_unknown(verdict->error());
  return admit(std::move(*verdict).value());
}

Connection::Step Connection::admit(Identity identity) {
  if (identity.user && is_visible(*identity.user)) {
    const Lock lock(mutex_);
    in_hand_.fields.emplace_back("X-VO-Authenticated", *identity.user);  // IVOA clients read this field
  }
  if (identity.anonymous() && (route_->needs_identity || route_->judges_credentials)) invite();
  request_->identity = std::move(identity);
  auto hold = site_.limits->admit(counted_, request_->identity, route_->creates);
  if (!hold.ok()) return refuse(hold.error());
  {
    const Lock lock(mutex_);
    if (!gone_) shares_.request.of_owner = std::move(hold).value();
    in_hand_.user = request_->identity.user.value_or("");
  }
  if (!has_body_) return Step::go_on;
  const ServerOptions& options = site_.options;
  auto reader = make_body_reader(*request_, *route_,
                                 {options.max_parameters, options.max_document_bytes, options.max_upload_bytes},
                                 [this] { return open_upload(); });
  if (!reader.ok()) return refuse(reader.error());
  reader_ = std::move(reader).value();
  if (content_length_ > reader_->limit()) return refuse(body_too_large(reader_->limit()));
  framer_.limit_body(reader_->limit());
  if (expects_continue_) {
    Lock lock(mutex_);
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    flush(lock);
  }
  return Step::go_on;
}

/// Adds WWW-Authenticate to the answer for an anonymous caller: IVOA clients find out from it whether they can log in.
void Connection::invite() {
  if (!site_.authenticator.takes_names()) return;
  auto challenges = site_.authenticator.challenges({ends_.peer_address, request_->headers});
  const Lock lock(mutex_);
  in_hand_.challenges = std::move(challenges);
}

/// Counts the request against the limits of its address, before anything else is done for it.
util::Status Connection::count_in() {
  counted_ = site_.limits->counted(request_->peer_address);
  ASSIGN_OR_RETURN(auto hold, site_.limits->begin(counted_, route_->creates));
  const Lock lock(mutex_);
  if (!gone_) shares_.request.of_address = std::move(hold);
  return {};
}

util::Status Connection::open_upload() {
  ASSIGN_OR_RETURN(auto holds, site_.limits->upload(counted_, request_->identity));
  Budget::Part slot;
  if (!slot.grow_to(site_.uploads.at(worker_), 1)) {
    return util::Error::busy("too many uploads are arriving", std::chrono::seconds(10));
  }
  const Lock lock(mutex_);
  if (gone_) return {};
  shares_.upload = std::move(holds);
  shares_.upload_slot = std::move(slot);
  return {};
}

util::Status Connection::count_buffered() {
  const std::uint64_t bytes = reader_->buffered();
  const Lock lock(mutex_);
  if (gone_ || shares_.buffered.grow_to(site_.buffered, bytes)) return {};
  return util::Error::busy("too many requests are arriving", std::chrono::seconds(2));
}

/// Answers the current request without its handler. If its body was not read, the connection is closed.
Connection::Step Connection::refuse(Response response) {
  // These own what was uploaded; they are destroyed after the lock is released.
  const auto request = std::exchange(request_, nullptr);
  const auto reader = std::exchange(reader_, nullptr);
  Lock lock(mutex_);
  route_ = nullptr;
  put(lock, std::move(response), has_body_);
  return has_body_ ? Step::stop : Step::go_on;
}

Connection::Step Connection::refuse(const util::Error& error) { return refuse(problem(*request_, error)); }

Connection::Step Connection::refuse_unknown(const util::Error& error) {
  Response response = problem(*request_, error);
  if (response.status == 401) {
    for (std::string& challenge : site_.authenticator.challenges({ends_.peer_address, request_->headers})) {
      response.headers.add("WWW-Authenticate", std::move(challenge));
    }
  }
  return refuse(std::move(response));
}

Connection::Step Connection::on_body(std::string_view bytes) {
  util::Status status = reader_->write(bytes);
  if (status.ok()) status = count_buffered();
  return status.ok() ? Step::go_on : refuse(status.error());
}

Connection::Step Connection::on_done() {
  if (route_ == nullptr) return after_answer();
  if (reader_ && reader_->has_files()) return finish_files();
  if (reader_) {
    if (const util::Status status = reader_->finish(); !status.ok()) {
      has_body_ = false;  // it has been read
      refuse(status.error());
      return after_answer();
    }
    reader_.reset();
  }
  return dispatch();
}

/// Syncing files may take seconds, so a thread of Site::disk does it instead of the worker.
Connection::Step Connection::finish_files() {
  {
    const Lock lock(mutex_);
    set_turn(Turn::waiting);
  }
  std::shared_ptr<BodyReader> reader = std::move(reader_);
  const bool taken = site_.disk.try_post([self = shared_from_this(), reader, request = request_]() mutable {
    util::Status status = finish_guarded(*reader);
    reader.reset();
    request.reset();  // if the client has left, this was the last reference, and its files are removed
    self->on_finished(std::move(status));
  });
  if (!taken) on_finished(util::Error::busy("too many uploads are arriving", std::chrono::seconds(10)));
  return Step::hold;
}

void Connection::on_finished(util::Status status) {
  Lock lock(mutex_);
  if (gone_ || lingering_ || turn_ != Turn::waiting) return;
  set_turn(Turn::reading);
  last_input_ = reading_since_ = Clock::now();
  finished_ = std::move(status);
  if (!parsing_) schedule_parse(lock);
}

Connection::Step Connection::take_finished() {
  std::optional<util::Status> finished;
  {
    const Lock lock(mutex_);
    finished.swap(finished_);
  }
  if (finished->ok()) return dispatch();
  has_body_ = false;  // it has been read
  refuse(finished->error());
  return after_answer();
}

Connection::Step Connection::dispatch() {
  std::shared_ptr<Exchange> exchange;
  {
    const Lock lock(mutex_);
    if (gone_ || lingering_) return Step::stop;
    exchange = std::make_shared<Exchange>(shared_from_this(), in_hand_.number);
    in_hand_.exchange = exchange;
    set_turn(Turn::waiting);
  }
  const std::shared_ptr<const Request> request = std::exchange(request_, nullptr);
  try {
    route_->handler(request, Reply(exchange));
  } catch (const std::exception& error) {
    util::log_error("exception from a handler", {{"request", request->id}, {"what", error.what()}});
    exchange->send(problem(*request, util::Error::of(util::ErrorCode::internal, fault_text)));
  } catch (...) {
    util::log_error("exception from a handler", {{"request", request->id}});
    exchange->send(problem(*request, util::Error::of(util::ErrorCode::internal, fault_text)));
  }
  exchange.reset();  // if the handler kept no copy of the reply, this sends the answer 500
  return after_answer();
}

Connection::Step Connection::after_answer() {
  const Lock lock(mutex_);
  return turn_ == Turn::none && !lingering_ ? Step::go_on : Step::hold;
}

void Connection::on_fail(const FramingError& error) {
  Lock lock(mutex_);
  reader_.reset();
  put_problem(lock, error.status, error.reason);
}

}  // namespace http
