#include "http/site.h"

#include <array>
#include <cstdio>
#include <utility>

#include "http/connection.h"
#include "util/random.h"

namespace http {
namespace {

constexpr std::size_t sending_threads = 2;

}  // namespace

void Registry::add(std::uint64_t id, const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  connections_.emplace(id, connection);
}

void Registry::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  connections_.erase(id);
  if (connections_.empty()) changed_.notify_all();
}

std::size_t Registry::size() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

std::vector<std::shared_ptr<Connection>> Registry::all() const {
  std::vector<std::shared_ptr<Connection>> result;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, weak] : connections_) {
    if (auto connection = weak.lock()) result.push_back(std::move(connection));
  }
  return result;
}

void Registry::begin_turn() {
  const std::lock_guard lock(mutex_);
  ++turns_;
}

void Registry::end_turn() {
  const std::lock_guard lock(mutex_);
  if (--turns_ == 0) changed_.notify_all();
}

bool Registry::wait_until_idle(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, longest, [this] { return turns_ == 0; });
}

bool Registry::wait_until_empty(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, longest, [this] { return connections_.empty(); });
}

Site::Site(ServerOptions given, const Router& routes, Authenticator& who, Forwarding proxies, Origins pages)
    : options(std::move(given)),
      router(routes),
      authenticator(who),
      forwarding(std::move(proxies)),
      origins(std::move(pages)),
      request_id_prefix(util::random_id().substr(0, 8) + "-") {
  for (std::size_t i = 0; i < sending_threads; ++i) senders.push_back(std::make_unique<Sender>());
}

std::string Site::next_request_id() {
  std::array<char, 24> number{};
  std::snprintf(number.data(), number.size(), "%06llx", static_cast<unsigned long long>(++last_request));
  return request_id_prefix + number.data();
}

}  // namespace http
