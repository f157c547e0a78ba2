// Calls of the engine's REST API: the version agreed on first, JSON in and out, answers posted to the loop.
//
// Used on the loop's thread only. A call that is cancelled, or whose Api is gone, has no callback any more.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/node.h"
#include "docker/engine_clock.h"
#include "executor/engine.h"
#include "net/client.h"
#include "util/event_loop.h"
#include "util/metrics.h"
#include "util/result.h"
#include "util/trace.h"

namespace docker {

struct ApiVersion {
  unsigned major = 0;
  unsigned minor = 0;
  auto operator<=>(const ApiVersion&) const = default;
  std::string to_string() const { return std::to_string(major) + "." + std::to_string(minor); }
  static std::optional<ApiVersion> parse(std::string_view text);
};

/// What this code was written for; the older of the newest and the engine's own is spoken.
inline constexpr ApiVersion oldest_version{1, 40};
inline constexpr ApiVersion newest_version{1, 47};

struct Answer {
  long status = 0;
  std::string body;

  bool ok() const { return status >= 200 && status < 300; }
  util::Result<data::Node> json() const;
  /// The engine's own words about what went wrong, cleaned and bounded.
  std::string message() const;
  /// The error to give on when there is no better one. Only a 503 is as good as no answer: the engine is being shut
  /// down.
  util::Error error() const;
};

/// Text of the engine, made fit for messages and XML, and without the engine's own paths (docker/host_paths.h).
std::string engine_words(std::string_view text);

struct Request {
  std::string method = "GET";
  std::string path;     // "/containers/create?name=…", without the version; everything in it percent-encoded
  bool libpod = false;  // of Podman's own API, not of the one that it shares with Docker
  std::optional<data::Node> body;
  std::shared_ptr<util::ByteSource> body_source;  // a tar
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<util::Trace> trace;  // whose work it is
  net::Lane lane = net::Lane::control;
  std::optional<std::chrono::milliseconds> timeout{std::chrono::seconds{60}};
  /// On the net thread, for a good answer only; an error's body is in Answer::body as ever.
  std::function<bool(std::string_view)> on_data;
  /// On the loop, when a good answer begins.
  std::function<void()> on_begin;
};

class Api : public std::enable_shared_from_this<Api> {
 public:
  using CallId = std::uint64_t;
  using Done = std::function<void(util::Result<Answer>)>;

  Api(std::string socket, net::Client& client, util::EventLoop& loop)
      : socket_(std::move(socket)), client_(client), loop_(loop), call_time_(call_time(socket_)) {}
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  CallId call(Request request, Done done);
  /// Is anybody there? `unavailable` or `timeout` when not.
  void ping(std::function<void(util::Status)> done);
  void cancel(CallId id);
  /// Runs `task` on the loop, unless this is gone by then.
  void after(std::chrono::milliseconds delay, std::function<void()> task);
  /// The same, at once, from any thread.
  executor::Poster poster();

  /// Once a call was made.
  const std::optional<ApiVersion>& version() const { return version_; }
  /// Another number: the engine went away meanwhile, and may be another one.
  std::uint64_t epoch() const { return epoch_; }
  /// Kept by every answer's Date.
  EngineClock& clock() { return clock_; }

 private:
  /// When an answer was asked for and had, and what its Date says.
  struct Dated {
    util::Instant asked;
    util::Instant answered;
    std::string date;
  };
  struct Live {
    Done done;
    std::optional<net::Handle> handle;
  };
  net::Handle start_ping(std::function<void(util::Result<net::Response>)> done);
  void negotiate();
  void on_ping(util::Result<net::Response> result);
  void send(CallId id, Request request);
  void finish(CallId id, util::Result<Answer> result);
  void note_date(const Dated& answer);

  static util::Histogram& call_time(const std::string& socket);

  const std::string socket_;
  net::Client& client_;
  util::EventLoop& loop_;
  util::Histogram& call_time_;
  std::optional<ApiVersion> version_;
  std::uint64_t epoch_ = 1;
  EngineClock clock_;
  bool asking_ = false;
  std::optional<net::Handle> ping_;
  std::vector<std::pair<CallId, Request>> queue_;  // until the version is known
  std::map<CallId, Live> live_;
  CallId last_id_ = 0;
};

}  // namespace docker
