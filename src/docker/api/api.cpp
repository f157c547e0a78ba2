#include "docker/api/api.h"

#include <algorithm>

#include "docker/api/host_paths.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::size_t longest_words = 2000;
constexpr std::size_t longest_error_body = 64U << 10U;
constexpr data::Limits answer_limits{8U << 20U, 64, 1'000'000};
constexpr std::string_view origin = "http://engine";
/// Prefix of Podman's own API, in a version that all Podman releases from 4.0 on support.
constexpr std::string_view libpod = "/v4.0.0/libpod";

/// The state of a call on the net thread.
struct CallState {
  bool is_stream = false;
  bool good = false;
  std::string error_body;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  util::Instant asked = util::now();
};

}  // namespace

std::optional<ApiVersion> ApiVersion::parse(std::string_view text) {
  const auto pieces = util::split(text, '.');
  if (pieces.size() != 2) return std::nullopt;
  const auto major = util::parse_unsigned(pieces[0]);
  const auto minor = util::parse_unsigned(pieces[1]);
  if (!major || !minor || *major > 1000 || *minor > 1000) return std::nullopt;
  return ApiVersion{static_cast<unsigned>(*major), static_cast<unsigned>(*minor)};
}

std::string engine_words(std::string_view text) {
  auto words = util::to_xml_text(without_host_paths(util::trim(text.substr(0, 2 * longest_words))));
  if (words.size() <= longest_words) return words;
  auto end = longest_words;
  while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0U) == 0x80U) --end;
  words.resize(end);
  return words + "…";
}

util::Result<data::Node> Answer::json() const {
  auto node = data::parse_json(body, answer_limits);
  if (!node.ok()) return util::Error::of(util::ErrorCode::internal, "the engine's answer is not JSON");
  return node;
}

std::string Answer::message() const {
  if (const auto node = data::parse_json(body, answer_limits); node.ok() && node->is_object()) {
    if (const auto* text = node->find("message"); text != nullptr && text->as_string()) {
      return engine_words(*text->as_string());
    }
  }
  const auto words = engine_words(body);
  return words.empty() ? "status " + std::to_string(status) : words;
}

util::Error Answer::error() const {
  const auto code = status == 404                   ? util::ErrorCode::not_found
                    : status == 409                 ? util::ErrorCode::conflict
                    : status == 503                 ? util::ErrorCode::unavailable
                    : status >= 400 && status < 500 ? util::ErrorCode::unsupported
                                                    : util::ErrorCode::internal;
  return util::Error::of(code, "the engine answered " + std::to_string(status) + ": " + message());
}

util::Histogram& Api::call_time(const std::string& socket) {
  return util::metrics().histogram("docker_uws_engine_call_duration_seconds",
                                   "Of calls of an engine's API, streams left out.", {{"socket", socket}});
}

Api::~Api() {
  if (ping_) ping_->cancel();
  for (auto& [id, live] : live_) {
    if (live.handle) live.handle->cancel();
  }
}

void Api::after(std::chrono::milliseconds delay, std::function<void()> task) {
  loop_.after(delay, [weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) task();
  });
}

util::Poster Api::poster() {
  return [weak = weak_from_this(), &loop = loop_](util::Task task) {
    loop.post([weak, task = std::move(task)] {
      if (const auto self = weak.lock()) task();
    });
  };
}

Api::CallId Api::call(Request request, Done done) {
  const auto id = ++last_id_;
  live_.emplace(id, OpenCall{std::move(done), std::nullopt});
  if (version_) {
    send(id, std::move(request));
  } else {
    queue_.emplace_back(id, std::move(request));
    if (!asking_) negotiate();
  }
  return id;
}

void Api::cancel(CallId id) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  if (found->second.handle) found->second.handle->cancel();
  live_.erase(found);
}

net::Handle Api::start_ping(util::Callback<net::Response> done) {
  net::Call call;
  call.url = std::string(origin) + "/_ping";
  call.unix_socket = socket_;
  call.timeout = std::chrono::seconds{10};
  return client_.start(std::move(call), [weak = weak_from_this(), &loop = loop_,
                                         done = std::move(done)](util::Result<net::Response> result) {
    loop.post([weak, done, result = std::move(result)]() mutable {
      if (const auto self = weak.lock()) done(std::move(result));
    });
  });
}

void Api::ping(std::function<void(util::Status)> done) {
  start_ping([done = std::move(done)](util::Result<net::Response> result) {
    if (!result.ok()) return done(std::move(result).error());
    if (result->status == 200) return done({});
    done(util::Error::of(util::ErrorCode::unavailable,
                         "the engine answered its ping with " + std::to_string(result->status)));
  });
}

void Api::negotiate() {
  asking_ = true;
  ping_ = start_ping([this](util::Result<net::Response> result) { on_ping(std::move(result)); });
}

void Api::on_ping(util::Result<net::Response> result) {
  asking_ = false;
  ping_.reset();
  std::optional<util::Error> error;
  if (!result.ok()) {
    error = result.error();
  } else if (result->status != 200) {
    error = util::Error::of(util::ErrorCode::unavailable,
                            "the engine answered its ping with " + std::to_string(result->status));
  } else {
    const auto* header = result->header("api-version");
    const auto theirs = header == nullptr ? std::nullopt : ApiVersion::parse(*header);
    if (!theirs) {
      error = util::Error::of(util::ErrorCode::unsupported, "what answers on the socket names no API version");
    } else if (*theirs < oldest_version) {
      error =
          util::Error::of(util::ErrorCode::unsupported, "the engine speaks API " + theirs->to_string() + "; at least " +
                                                            oldest_version.to_string() + " is needed");
    } else {
      version_ = std::min(*theirs, newest_version);
    }
  }
  auto queue = std::exchange(queue_, {});
  for (auto& [id, request] : queue) {
    if (error) {
      finish(id, *error);
    } else {
      send(id, std::move(request));
    }
  }
}

void Api::send(CallId id, Request request) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;  // cancelled meanwhile

  net::Call call;
  call.method = std::move(request.method);
  call.url = std::string(origin) + (request.libpod ? std::string(libpod) : "/v" + version_->to_string()) + request.path;
  call.unix_socket = socket_;
  call.headers = std::move(request.headers);
  if (request.trace) call.headers.emplace_back("traceparent", request.trace->traceparent());
  call.lane = request.lane;
  call.timeout = request.timeout;
  if (request.body) {
    call.body = data::to_json(*request.body);
    call.headers.emplace_back("Content-Type", "application/json");
  } else if (request.body_source) {
    call.body_source = std::move(request.body_source);
    call.headers.emplace_back("Content-Type", "application/x-tar");
  }

  auto streamed = std::make_shared<CallState>();
  streamed->is_stream = request.on_data != nullptr;
  if (request.on_data) {
    call.max_response_bytes = 0;
    call.on_head = [streamed, weak = weak_from_this(), id, &loop = loop_,
                    begin = std::move(request.on_begin)](const net::Response& head) {
      streamed->good = head.status >= 200 && head.status < 300;
      if (!streamed->good || !begin) return;
      loop.post([weak, id, begin] {
        if (const auto self = weak.lock(); self && self->live_.contains(id)) begin();
      });
    };
    call.on_data = [streamed, take = std::move(request.on_data)](std::string_view bytes) {
      if (streamed->good) return take(bytes);
      const auto room = longest_error_body - std::min(longest_error_body, streamed->error_body.size());
      streamed->error_body.append(bytes.substr(0, room));
      return true;
    };
  }
  found->second.handle = client_.start(std::move(call), [streamed, weak = weak_from_this(), id, &loop = loop_,
                                                         &timing = call_time_](util::Result<net::Response> result) {
    if (!streamed->is_stream) timing.observe(std::chrono::steady_clock::now() - streamed->began);
    DatedAnswer dated{streamed->asked, util::now(), {}};
    if (result.ok()) {
      if (const auto* date = result->header("date"); date != nullptr) dated.date = *date;
    }
    util::Result<Answer> answer = result.ok() ? util::Result<Answer>(Answer{result->status, std::move(result->body)})
                                              : util::Result<Answer>(std::move(result).error());
    if (answer.ok() && !streamed->error_body.empty()) answer->body = std::move(streamed->error_body);
    loop.post([weak, id, dated = std::move(dated), answer = std::move(answer)]() mutable {
      const auto self = weak.lock();
      if (!self) return;
      self->note_date(dated);
      self->finish(id, std::move(answer));
    });
  });
}

void Api::note_date(const DatedAnswer& answer) {
  if (const auto date = parse_http_date(answer.date)) {
    clock_.note(answer.asked, answer.answered, *date, *date + std::chrono::milliseconds{999});
  }
}

void Api::finish(CallId id, util::Result<Answer> result) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  if (!result.ok() && result.error().code == util::ErrorCode::unavailable && version_) {
    version_.reset();
    ++epoch_;
  }
  auto done = std::move(found->second.done);
  live_.erase(found);
  done(std::move(result));
}

}  // namespace docker
