// The HTTP client of this service: one curl_multi on one thread, for engines' unix sockets and for http(s) URLs.
//
// Owner: main. Any thread may start and cancel calls. The callbacks of all calls run on the net thread, one at a time,
// and must not block for longer than a write to the local page cache takes. A call whose on_data takes long does not
// delay the others much: calls with data take turns. After `done`, and after cancel() has returned on the net thread,
// no callback of that call runs.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/async.h"
#include "util/bytes.h"
#include "util/result.h"

namespace net {

class AddressPolicy;

struct Response {
  long status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // empty when the call has on_data

  const std::string* header(std::string_view lower_case_name) const;
};

/// How long a call occupies its connection. CallLimits limits the longer ones, so that they leave room for the others.
enum class Lane {
  control,   // the answer comes at once; some connections are reserved for these calls
  transfer,  // until a known number of bytes is transferred
  stream,    // for as long as the server keeps it open
};

struct Call {
  std::string method = "GET";
  std::string url;          // for a unix socket: http://engine/path
  std::string unix_socket;  // the socket's path; empty: connect to the host of the url
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Sent instead of `body`; read on the net thread. Its size() is sent as Content-Length. With a header
  /// `Transfer-Encoding: chunked`, size() is not called, and the source is sent to its end. It can be sent only once: a
  /// redirect that needs the body again fails.
  std::shared_ptr<util::ByteSource> body_source;

  std::chrono::milliseconds connect_timeout{2000};
  Lane lane = Lane::control;
  /// For the whole call, with the wait for a connection; nullopt: no limit, for endless streams.
  std::optional<std::chrono::milliseconds> timeout{std::chrono::seconds{30}};
  /// The limit of the response's body; beyond it the call fails with `too_large`. It also limits the sum of all data
  /// for on_data. 0: no limit.
  std::uint64_t max_response_bytes = 8U << 20U;

  /// Must be set for every call on behalf of a client: only http and https, no unix socket, and each address is checked
  /// before it is connected, also after redirects, of which at most 5 are followed. `Authorization` and `Cookie` are
  /// not sent to another host after a redirect; all other headers are. Not set: redirects are not followed.
  std::shared_ptr<const AddressPolicy> policy;

  /// Called once, before any data, with status and headers. Not called for redirects that are followed.
  std::function<void(const Response&)> on_head;
  /// Gets the data of the response instead of Response::body. If it returns false, the call fails with `too_large`.
  std::function<bool(std::string_view)> on_data;
};

using Done = util::Callback<Response>;

/// Refers to a started call. Copies refer to the same call; destroying them does not cancel it.
class Handle {
 public:
  /// Ends the call. `done` is not called afterwards, unless it is already running. Any thread may call this at any
  /// time, and more than once.
  void cancel() const;

 private:
  friend class Client;
  struct State;
  std::shared_ptr<State> state_;
};

/// How many calls may be open at once. Further calls wait: a control call for at most its connect timeout, any other
/// for its whole timeout; then the call fails with `too_many`. Streams have a lower limit, and so have streams and
/// transfers together, so that some connections remain for control calls.
struct CallLimits {
  std::size_t all = 1024;
  std::size_t per_host = 512;  // to one unix socket, or to one scheme, host and port
  /// Percentages of each of the two limits above: for streams, and for streams and transfers together.
  std::size_t streams_percent = 60;
  std::size_t bulk_percent = 85;
};

class Client {
 public:
  explicit Client(CallLimits limits = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Starts a call; `done` gets its result. Any HTTP response is a Response, whatever its status. An Error means: no
  /// connection or no valid response (`unavailable`), no complete response in time (`timeout`), an address that the
  /// policy refuses (`forbidden`), too much data (`too_large`), an invalid call (`invalid_argument`), no free
  /// connection in time (`too_many`), or stop() (`unavailable`). After stop(), start() itself calls `done`.
  Handle start(Call call, Done done);

  /// Ends every call (`done` gets `unavailable`), then joins the thread. May be called twice, but not from a callback.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
