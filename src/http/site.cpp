#include "http/site.h"

#include <array>
#include <cstdio>
#include <utility>

#include "http/connection.h"
#include "util/metrics.h"
#include "util/random.h"

namespace http {
namespace {

constexpr std::size_t sending_threads = 2;
constexpr std::uint64_t most_refusals = 256;
constexpr std::size_t disk_threads = 4;
constexpr std::size_t most_waiting_for_disk = 1000;

}  // namespace

void ConnectionTable::add(std::uint64_t id, const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  connections_.emplace(id, connection);
}

void ConnectionTable::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  connections_.erase(id);
  if (connections_.empty()) changed_.notify_all();
}

std::size_t ConnectionTable::size() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

std::vector<std::shared_ptr<Connection>> ConnectionTable::all() const {
  std::vector<std::shared_ptr<Connection>> result;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, weak] : connections_) {
    if (auto connection = weak.lock()) result.push_back(std::move(connection));
  }
  return result;
}

std::size_t ConnectionTable::turns() const {
  const std::lock_guard lock(mutex_);
  return turns_;
}

void ConnectionTable::begin_turn() {
  const std::lock_guard lock(mutex_);
  ++turns_;
}

void ConnectionTable::end_turn() {
  const std::lock_guard lock(mutex_);
  if (--turns_ == 0) changed_.notify_all();
}

bool ConnectionTable::wait_until_idle(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, longest, [this] { return turns_ == 0; });
}

bool ConnectionTable::wait_until_empty(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, longest, [this] { return connections_.empty(); });
}

Site::Site(ServerOptions given, const Router& routes, Authenticator& who, Forwarding proxies, Origins pages,
           std::unique_ptr<Limits> shares)
    : options(std::move(given)),
      router(routes),
      authenticator(who),
      forwarding(std::move(proxies)),
      origins(std::move(pages)),
      limits(std::move(shares)),
      buffered(options.max_buffered_bytes),
      refusals(most_refusals),
      request_id_prefix(util::random_id().substr(0, 8) + "-"),
      disk("http-disk", disk_threads, most_waiting_for_disk) {
  for (std::size_t i = 0; i < options.workers; ++i) uploads.emplace_back(options.uploads_per_worker);
  for (std::size_t i = 0; i < sending_threads; ++i) senders.push_back(std::make_unique<Sender>());
  const auto gauge = [this](const char* name, const char* help, std::function<double()> value) {
    gauges.push_back(util::metrics().observe_gauge(name, help, std::move(value)));
  };
  gauge("docker_uws_http_connections", "Open connections.", [this] { return static_cast<double>(connections.size()); });
  gauge("docker_uws_http_requests_in_flight", "Requests taken and not yet answered.",
        [this] { return static_cast<double>(connections.turns()); });
  gauge("docker_uws_http_uploads", "Requests whose files are arriving.", [this] {
    double all = 0;
    for (const Budget& worker : uploads) all += static_cast<double>(worker.used());
    return all;
  });
  gauge("docker_uws_http_buffered_bytes", "Forms and documents in memory, of requests in hand.",
        [this] { return static_cast<double>(buffered.used()); });
}

std::string Site::next_request_id() {
  std::array<char, 24> number{};
  std::snprintf(number.data(), number.size(), "%06llx", static_cast<unsigned long long>(++last_request));
  return request_id_prefix + number.data();
}

}  // namespace http
