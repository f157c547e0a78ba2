#include "http/framer.h"

#include <functional>
#include <limits>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "http/framing_rules.h"

namespace http {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using BeastView = boost::beast::string_view;

namespace {

std::string_view view(BeastView text) { return {text.data(), text.size()}; }

constexpr std::size_t line_slack = 64;             // bytes of a request line beside its target
constexpr std::size_t chunk_slack = 4U << 10U;     // added to the head's limit for a chunk header with trailers
constexpr std::size_t most_leading_line_ends = 4;  // some clients send a stray CRLF after a body

}  // namespace

/// Beast's parser for one message. It collects the head, and checks only what cannot be checked after put().
class Framer::Parser : public beast::basic_parser<true> {
 public:
  Parser(const Limits& limits, Sink& sink) : limits_(limits), sink_(sink) {
    eager(false);
    header_limit(static_cast<std::uint32_t>(limits.head_bytes + chunk_slack));
    body_limit(std::numeric_limits<std::uint64_t>::max());  // boost::none would mean zero here
  }

  std::size_t take(std::string_view input, error_code& error) {
    input_ = input;
    return put(boost::asio::const_buffer(input.data(), input.size()), error);
  }

  MessageHead head;
  bool line_done = false;
  std::optional<FramingError> refusal;
  std::optional<std::uint64_t> most_body_bytes;
  Step step = Step::go_on;  // what the sink returned for body bytes

 protected:
  void on_request_impl(beast::verb, BeastView method, BeastView target, int version, error_code&) override {
    head.method = view(method);
    head.target = view(target);
    head.http_1_1 = version == 11;
    line_done = true;
  }

  void on_response_impl(int, BeastView, int, error_code&) override {}  // for responses only

  void on_field_impl(beast::field, BeastView name, BeastView value, error_code& error) override {
    if (++fields_ > limits_.fields) return refuse(error, 431, "too many header fields");
    if (is_folded(view(name), view(value))) return refuse(error, 400, "a header field is folded over several lines");
    if (!is_header_done()) head.headers.add(std::string(view(name)), std::string(view(value)));
  }

  void on_header_impl(error_code&) override { fields_ = 0; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}

  std::size_t on_body_impl(BeastView body, error_code&) override { return deliver(view(body)); }

  void on_chunk_header_impl(std::uint64_t size, BeastView extension, error_code& error) override {
    if (auto refused = check_chunk_extension(view(extension))) {
      return refuse(error, refused->status, std::move(refused->reason));
    }
    if (most_body_bytes && size > *most_body_bytes - chunked_bytes_) return refuse(error, 413, "the body is too large");
    chunked_bytes_ += size;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, error_code&) override { return deliver(view(body)); }

  void on_finish_impl(error_code&) override {}

 private:
  std::size_t deliver(std::string_view body) {
    if (!body.empty()) step = sink_.on_body(body);
    return body.size();
  }

  /// Beast accepts folded lines: it joins them in its own buffer, or skips empty ones before the value. So the value of
  /// a folded field is outside of the input, or a line end is between name and value.
  bool is_folded(std::string_view name, std::string_view value) const {
    const std::less<> before;
    const char* const begin = name.data() + name.size();
    const char* const end = input_.data() + input_.size();
    if (before(value.data(), begin) || before(end, value.data() + value.size())) return true;
    const std::string_view between(begin, static_cast<std::size_t>(value.data() - begin));
    return between.find_first_of("\r\n") != std::string_view::npos;
  }

  void refuse(error_code& error, int status, std::string reason) {
    refusal = FramingError{status, std::move(reason)};
    error = beast::error::bad_field;
  }

  const Limits& limits_;
  Sink& sink_;
  std::string_view input_;
  std::size_t fields_ = 0;
  std::uint64_t chunked_bytes_ = 0;
};

namespace {

std::string reason_of(const error_code& error) {
  switch (static_cast<beast::error>(error.value())) {
    case beast::error::bad_method:
      return "the request line does not begin with a method";
    case beast::error::bad_target:
      return "the request line holds no valid target";
    case beast::error::bad_line_ending:
      return "a line does not end with CR LF";
    case beast::error::bad_field:
      return "a header field's name is malformed";
    case beast::error::bad_value:
      return "a header field's value is malformed";
    case beast::error::bad_content_length:
      return "Content-Length is malformed, repeated, or beside Transfer-Encoding";
    case beast::error::bad_transfer_encoding:
      return "Transfer-Encoding is malformed, or beside Content-Length";
    case beast::error::bad_chunk:
      return "the chunked body is malformed";
    case beast::error::bad_chunk_extension:
      return "a chunk extension is malformed";
    case beast::error::bad_obs_fold:
      return "a header field is folded over several lines";
    default:
      return "the request is malformed";
  }
}

}  // namespace

Framer::Framer(const Limits& limits, Sink& sink) : limits_(limits), sink_(sink) {}
Framer::~Framer() = default;

Framer::State Framer::state() const {
  if (stopped_) return State::stopped;
  if (head_delivered_) return State::body;
  return parser_ || !rest_.empty() ? State::head : State::idle;
}

void Framer::limit_body(std::uint64_t bytes) {
  if (parser_) parser_->most_body_bytes = bytes;
}

void Framer::stop() {
  stopped_ = true;
  if (!running_) rest_.clear();
}

void Framer::feed(std::string_view bytes) {
  if (stopped_) return;
  if (held_) {
    rest_ += bytes;
  } else {
    run(bytes);
  }
}

void Framer::resume() {
  held_ = false;
  run({});
}

void Framer::run(std::string_view fresh) {
  running_ = true;
  if (rest_.empty()) {
    const std::size_t used = parse(fresh);
    rest_.assign(fresh.substr(used));
  } else {
    rest_ += fresh;
    const std::size_t used = parse(rest_);
    rest_.erase(0, used);
  }
  running_ = false;
  if (stopped_) {
    rest_.clear();
    parser_.reset();
  }
}

/// The number of bytes of the input that were used.
std::size_t Framer::parse(std::string_view input) {
  const std::size_t all = input.size();
  while (!held_ && !stopped_ && advance(input)) {
  }
  return all - input.size();
}

/// Does one step; false when more bytes are needed or the framer has stopped.
bool Framer::advance(std::string_view& input) {
  if (!parser_) return begin_message(input);
  return head_delivered_ ? advance_body(input) : advance_head(input);
}

bool Framer::begin_message(std::string_view& input) {
  while (!input.empty() && (input.front() == '\r' || input.front() == '\n')) {
    if (++skipped_line_ends_ > most_leading_line_ends) {
      fail(400, "empty lines where a request should begin");
      return false;
    }
    input.remove_prefix(1);
  }
  if (input.empty()) return false;
  skipped_line_ends_ = 0;
  head_bytes_ = 0;
  parser_ = std::make_unique<Parser>(limits_, sink_);
  return true;
}

bool Framer::advance_head(std::string_view& input) {
  if (input.empty()) return false;
  const std::size_t line_limit = limits_.target_bytes + line_slack;
  if (!parser_->line_done && input.size() >= line_limit &&
      input.substr(0, line_limit).find("\r\n") == std::string_view::npos) {
    fail(414, "the request line is longer than a target of " + std::to_string(limits_.target_bytes) + " bytes needs");
    return false;
  }
  const std::string_view window = input.substr(0, limits_.head_bytes - head_bytes_);
  error_code error;
  const std::size_t used = parser_->take(window, error);
  const bool too_long = error == beast::error::header_limit || (error == beast::error::need_more && used == 0 &&
                                                                head_bytes_ + window.size() >= limits_.head_bytes);
  if (parser_->refusal) {
    fail(parser_->refusal->status, parser_->refusal->reason);
  } else if (too_long) {
    fail(431, "the request's head is longer than " + std::to_string(limits_.head_bytes) + " bytes");
  } else if (error == beast::error::bad_version) {
    const FramingError wrong = wrong_version(window);
    fail(wrong.status, wrong.reason);
  } else if (error && error != beast::error::need_more) {
    fail(400, reason_of(error));
  }
  if (stopped_) return false;
  input.remove_prefix(used);
  head_bytes_ += used;
  if (parser_->is_header_done()) finish_head();
  return used > 0;
}

void Framer::finish_head() {
  MessageHead& head = parser_->head;
  if (head.target.size() > limits_.target_bytes) {
    return fail(414, "the target is longer than " + std::to_string(limits_.target_bytes) + " bytes");
  }
  if (const auto refusal = complete_head(head)) return fail(refusal->status, refusal->reason);
  head_delivered_ = true;
  obey(sink_.on_head(std::move(head)));
}

bool Framer::advance_body(std::string_view& input) {
  if (parser_->is_done()) {
    finish_message();
    return true;
  }
  if (input.empty()) return false;
  const std::string_view window = input.substr(0, limits_.head_bytes + chunk_slack);
  error_code error;
  parser_->step = Step::go_on;
  const std::size_t used = parser_->take(window, error);
  input.remove_prefix(used);
  if (parser_->step == Step::stop) {
    stop();
  } else if (parser_->refusal) {
    fail(parser_->refusal->status, parser_->refusal->reason);
  } else if (error == beast::error::body_limit) {
    fail(413, "the body is too large");
  } else if (error && error != beast::error::need_more) {
    fail(400, reason_of(error));
  } else if (used == 0 && window.size() >= limits_.head_bytes + chunk_slack) {
    fail(400, "a chunk header or the trailer is too long");
  } else {
    obey(parser_->step);
  }
  return used > 0;
}

void Framer::finish_message() {
  parser_.reset();
  head_delivered_ = false;
  obey(sink_.on_done());
}

void Framer::obey(Step step) {
  if (step == Step::hold) held_ = true;
  if (step == Step::stop) stop();
}

void Framer::fail(int status, std::string reason) {
  stop();
  sink_.on_fail({status, std::move(reason)});
}

}  // namespace http
