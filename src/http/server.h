// The HTTP server: Pistache's Tcp layer accepts and reads, Boost.Beast parses, the router finds the handlers.
//
// Owner: main. Handlers run on the server's threads. docs/architecture.md describes the guarantees: framing that
// refuses whatever two parsers could read differently, answers in order, bodies sent at the pace of slow clients,
// limits with the right 4xx, time-outs, and a drain that answers the requests that have begun.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/identity.h"
#include "http/limits.h"
#include "http/router.h"
#include "util/result.h"

namespace http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;  // 0: any free port
  std::size_t workers = 2;
  std::vector<std::string> public_urls;      // "https://uws.example.org"; the first is the default
  std::vector<std::string> trusted_proxies;  // addresses or CIDR blocks whose forwarded headers are used
  std::vector<std::string> cors_origins;     // "https://portal.example.org": pages that may act for their users

  std::size_t max_target_bytes = 8U << 10U;        // 414
  std::size_t max_head_bytes = 32U << 10U;         // 431
  std::size_t max_fields = 100;                    // 431
  std::size_t max_parameters = 10'000;             // 413; name/value pairs of query and form together
  std::uint64_t max_document_bytes = 1U << 20U;    // 413; documents and forms without their files
  std::uint64_t max_upload_bytes = 4ULL << 30U;    // 413; a whole multipart or streamed body
  std::size_t max_connections = 10'000;            // 503 and close
  std::size_t uploads_per_worker = 64;             // 503; files that are arriving
  std::uint64_t max_buffered_bytes = 256U << 20U;  // 503; forms and documents in memory, of all current requests
  LimitOptions limits;                             // 429
  bool log_requests = false;                       // true: logs all requests, not only those with a 5xx status

  std::chrono::milliseconds head_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};  // between two arrivals of body bytes
  std::uint64_t min_body_rate = 1000;              // bytes a second on average, after the first body_timeout
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds send_timeout{60'000};  // while the client takes no byte
  std::chrono::milliseconds drain_timeout{10'000};
};

class Server {
 public:
  /// Binds and listens; serves requests after start(). `router` and `authenticator` must outlive the server.
  static util::Result<std::unique_ptr<Server>> create(ServerOptions options, const Router& router,
                                                      Authenticator& authenticator);
  ~Server();

  util::Status start();
  std::uint16_t port() const;

  /// Answers new requests with 503 and closes their connections; calls `on_drain`, which should answer the pending
  /// requests; waits until all answers are sent, at most drain_timeout; then stops the server. May be called twice.
  void drain(const std::function<void()>& on_drain);

 private:
  Server();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
