// What all connections of one server share. Owned by the server. Before it is destroyed, on_end() is called for every
// connection; connections that still exist then do not use it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/budget.h"
#include "http/forwarded.h"
#include "http/identity.h"
#include "http/limits.h"
#include "http/origins.h"
#include "http/router.h"
#include "http/sender.h"
#include "http/server.h"
#include "util/event_loop.h"
#include "util/worker_pool.h"

namespace http {

class Connection;

/// The open connections, and the number of those with a current request. Any thread may call.
class ConnectionTable {
 public:
  void add(std::uint64_t id, const std::shared_ptr<Connection>& connection);
  void remove(std::uint64_t id);
  std::size_t size() const;
  std::vector<std::shared_ptr<Connection>> all() const;

  std::size_t turns() const;
  void begin_turn();
  void end_turn();
  /// False when that state was not reached in time.
  bool wait_until_idle(std::chrono::milliseconds longest);
  bool wait_until_empty(std::chrono::milliseconds longest);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, std::weak_ptr<Connection>> connections_;
  std::size_t turns_ = 0;
};

struct Site {
  Site(ServerOptions given, const Router& routes, Authenticator& who, Forwarding proxies, Origins pages,
       std::unique_ptr<Limits> shares);

  std::string next_request_id();
  Sender& sender_for(std::uint64_t connection) { return *senders[connection % senders.size()]; }

  const ServerOptions options;
  const Router& router;
  Authenticator& authenticator;
  const Forwarding forwarding;
  const Origins origins;
  const std::unique_ptr<Limits> limits;
  std::deque<Budget> uploads;  // one for each worker: requests whose files are arriving
  Budget buffered;             // bytes of forms and documents in memory
  Budget refusals;             // connections that exist only to send why they are refused
  const std::string request_id_prefix;
  std::atomic<std::uint64_t> last_request{0};
  std::atomic<std::uint64_t> last_connection{0};
  std::atomic<bool> draining{false};
  ConnectionTable connections;
  std::vector<std::unique_ptr<Sender>> senders;
  util::EventLoop timers{"http-timers"};
  util::WorkerPool disk;  // declared after the members that its tasks use
  std::vector<std::shared_ptr<void>> gauges;
};

}  // namespace http
