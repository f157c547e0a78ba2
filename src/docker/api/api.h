// Calls of the engine's REST API. The API version is negotiated before the first call; bodies are JSON; answers are
// posted to the loop.
//
// Owned by the engine, and used on the loop's thread only. A call that is cancelled, or whose Api is destroyed, does
// not call back.
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
#include "docker/api/engine_clock.h"
#include "executor/engine.h"
#include "net/client.h"
#include "util/async.h"
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

/// The range of API versions for which this code was written. Calls use the engine's version or newest_version,
/// whichever is older.
inline constexpr ApiVersion oldest_version{1, 40};
inline constexpr ApiVersion newest_version{1, 47};

struct Answer {
  long status = 0;
  std::string body;

  bool ok() const { return status >= 200 && status < 300; }
  util::Result<data::Node> json() const;
  /// The engine's own message about a failure, cleaned and limited in length.
  std::string message() const;
  /// An Error for this answer, for callers that have no better one. A 503 becomes `unavailable`, as if the engine had
  /// not answered, because the engine is shutting down.
  util::Error error() const;
};

/// Makes a text of the engine fit for messages and XML: limits its length, and removes the engine's own paths
/// (docker/api/host_paths.h).
std::string engine_words(std::string_view text);

struct Request {
  std::string method = "GET";
  std::string path;     // "/containers/create?name=…", without the version; everything in it percent-encoded
  bool libpod = false;  // true: use Podman's own API (libpod), not the API that it shares with Docker
  std::optional<data::Node> body;
  std::shared_ptr<util::ByteSource> body_source;  // a tar archive
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<util::Trace> trace;  // the trace of the request that caused this call
  net::Lane lane = net::Lane::control;
  std::optional<std::chrono::milliseconds> timeout{std::chrono::seconds{60}};
  /// Receives the body of a 2xx answer in pieces, on the net thread; false stops the transfer. The body of any other
  /// answer is in Answer::body.
  std::function<bool(std::string_view)> on_data;
  /// Called on the loop when a 2xx answer begins. Used only together with on_data.
  std::function<void()> on_begin;
};

class Api : public std::enable_shared_from_this<Api> {
 public:
  using CallId = std::uint64_t;
  using Done = util::Callback<Answer>;

  Api(std::string socket, net::Client& client, util::EventLoop& loop)
      : socket_(std::move(socket)), client_(client), loop_(loop), call_time_(call_time(socket_)) {}
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  CallId call(Request request, Done done);
  /// Checks whether the engine answers; `unavailable` or `timeout` if it does not.
  void ping(std::function<void(util::Status)> done);
  void cancel(CallId id);
  /// Runs `task` on the loop after `delay`, unless this Api has been destroyed by then.
  void after(std::chrono::milliseconds delay, std::function<void()> task);
  /// Returns a function, to be called on any thread, that runs a task on the loop without delay, on the same condition.
  util::Poster poster();

  /// The negotiated version; nullopt before negotiation, and again after the engine was unavailable.
  const std::optional<ApiVersion>& version() const { return version_; }
  /// Changes whenever the engine became unavailable; it may have been restarted or replaced meanwhile.
  std::uint64_t epoch() const { return epoch_; }
  /// Updated from the Date header of each answer.
  EngineClock& clock() { return clock_; }

 private:
  /// When a request was sent and its answer received, with the Date header of the answer.
  struct DatedAnswer {
    util::Instant asked;
    util::Instant answered;
    std::string date;
  };
  struct OpenCall {
    Done done;
    std::optional<net::Handle> handle;
  };
  net::Handle start_ping(util::Callback<net::Response> done);
  void negotiate();
  void on_ping(util::Result<net::Response> result);
  void send(CallId id, Request request);
  void finish(CallId id, util::Result<Answer> result);
  void note_date(const DatedAnswer& answer);

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
  std::vector<std::pair<CallId, Request>> queue_;  // calls that wait for the negotiation of the version
  std::map<CallId, OpenCall> live_;
  CallId last_id_ = 0;
};

}  // namespace docker
