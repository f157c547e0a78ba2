// HTTP from us to others: one curl_multi on one thread, for engines' unix sockets and for http(s) addresses.
//
// Owner: main. Any thread may start and cancel; the callbacks of a call run on the net thread, one at a time, and must
// not block beyond a write to the local page cache. One call's data that take long to be taken do not hold up the
// others: they take turns. After `done`, and after cancel() returned on the net thread, no callback of that call runs
// any more.
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

#include "util/bytes.h"
#include "util/result.h"

namespace net {

class AddressPolicy;

struct Response {
  long status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // empty when on_data took it

  const std::string* header(std::string_view lower_case_name) const;
};

/// How long a call may hold its connection, and so who must not take it away from whom.
enum class Lane {
  control,   // an answer at once: it always finds room, unless there are too many of its own kind
  transfer,  // until so many bytes are over
  stream,    // for as long as the other side likes
};

struct Call {
  std::string method = "GET";
  std::string url;          // for a unix socket: http://engine/path
  std::string unix_socket;  // empty: the address in the url
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Sent instead of `body`; read on the net thread. Its size() is sent as Content-Length, or, with a header
  /// `Transfer-Encoding: chunked`, size() is not asked and all it gives is sent. Cannot be sent twice: a redirect that
  /// asks for the body again fails.
  std::shared_ptr<util::ByteSource> body_source;

  std::chrono::milliseconds connect_timeout{2000};
  Lane lane = Lane::control;
  /// For the whole call, the wait for its turn included; none for endless streams.
  std::optional<std::chrono::milliseconds> timeout{std::chrono::seconds{30}};
  /// `too_large` beyond this; with on_data, of all data; 0 is no limit.
  std::uint64_t max_response_bytes = 8U << 20U;

  /// Set for everything fetched on somebody's behalf: http and https only, every connected address is checked,
  /// redirects (at most 5) too, no unix socket. `Authorization` and `Cookie` do not follow a redirect to another host;
  /// all other headers do. Not set: no redirect is followed.
  std::shared_ptr<const AddressPolicy> policy;

  /// Called once, before any data, with status and headers; not for redirects that are followed.
  std::function<void(const Response&)> on_head;
  /// Takes the data of the answer instead of Response::body; false ends the call with `too_large`.
  std::function<bool(std::string_view)> on_data;
};

using Done = std::function<void(util::Result<Response>)>;

/// A started call. Copies name the same call; dropping them does not cancel it.
class Handle {
 public:
  /// Ends the call; `done` is not called any more, unless it is running now. Any thread, any time, more than once.
  void cancel() const;

 private:
  friend class Client;
  struct State;
  std::shared_ptr<State> state_;
};

/// Calls open at once. What is beyond waits for its turn: a control call at most its connect timeout (`too_many`), any
/// other as long as its timeout says. Streams have a bound of their own, and streams and transfers together leave a
/// reserve to control calls.
struct CallLimits {
  std::size_t all = 1024;
  std::size_t per_host = 512;  // of one unix socket, or of one scheme, host and port
  /// Of either number, in hundredths: what streams may take, and streams and transfers together.
  std::size_t streams_percent = 60;
  std::size_t bulk_percent = 85;
};

class Client {
 public:
  explicit Client(CallLimits limits = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Any HTTP answer is a Response, whatever its status; an Error is: no connection (`unavailable`), no answer in time
  /// (`timeout`), an address that the policy refuses (`forbidden`), too much data (`too_large`), a call that makes no
  /// sense (`invalid_argument`), no turn in time (`too_many`), or stop() (`unavailable`; after it, `done` runs within
  /// start itself).
  Handle start(Call call, Done done);

  /// Cancels every call (their `done` gets `unavailable`), then joins the thread. May be called twice, not from a
  /// callback.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
