#include "http/server.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <sys/resource.h>
#include <sys/socket.h>

#include "http/connection.h"
#include "http/listener.h"
#include "http/site.h"
#include "util/log.h"

namespace http {
namespace {

constexpr std::size_t other_descriptors = 512;  // engines, databases, connections that are refused or closing
constexpr auto closing_time = std::chrono::seconds(2);

std::size_t fitting_connections(const ServerOptions& options) {
  const std::size_t wanted = options.max_connections;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return wanted;
  const std::size_t spare = other_descriptors + options.workers * options.uploads_per_worker;
  const std::size_t left = files.rlim_cur > 2 * spare ? files.rlim_cur - spare : files.rlim_cur / 2;
  const std::size_t fitting = left / 4 * 3;  // the rest is for files that are being sent
  if (fitting < wanted) {
    util::log_warning("fewer connections than configured: the limit of open files is too low",
                      {{"connections", static_cast<long long>(fitting)}});
  }
  return std::min(wanted, fitting);
}

/// Null: too many connections are being refused already, so this one is closed without an answer.
std::shared_ptr<Client> accept_client(Site& site, int descriptor, std::size_t worker) {
  const bool room = site.connections.size() < site.options.max_connections;
  const std::uint64_t id = ++site.last_connection;
  const auto connection = std::make_shared<Connection>(site, descriptor, id, worker % site.uploads.size());
  site.connections.add(id, connection);
  if (connection->begin(room)) return connection;
  connection->on_end();
  ::shutdown(descriptor, SHUT_RDWR);
  return nullptr;
}

}  // namespace

struct Server::Impl {
  void stop();

  std::unique_ptr<Site> site;
  std::unique_ptr<Listener> listener;
  std::mutex mutex;
  bool stopped = false;
};

Server::Server() : impl_(std::make_unique<Impl>()) {}
Server::~Server() { impl_->stop(); }

util::Result<std::unique_ptr<Server>> Server::create(ServerOptions options, const Router& router,
                                                     Authenticator& authenticator) {
  ASSIGN_OR_RETURN(Forwarding forwarding, Forwarding::create(options.trusted_proxies, options.public_urls));
  ASSIGN_OR_RETURN(Origins origins, Origins::create(options.cors_origins, !options.public_urls.empty()));
  ASSIGN_OR_RETURN(auto limits, Limits::create(options.limits));
  options.workers = std::max<std::size_t>(options.workers, 1);
  options.max_connections = fitting_connections(options);
  auto server = std::unique_ptr<Server>(new Server());
  Impl& impl = *server->impl_;
  impl.site = std::make_unique<Site>(std::move(options), router, authenticator, std::move(forwarding),
                                     std::move(origins), std::move(limits));
  const ServerOptions& kept = impl.site->options;
  ASSIGN_OR_RETURN(impl.listener, Listener::bind(kept.address, kept.port, kept.workers,
                                                 [site = impl.site.get()](int descriptor, std::size_t worker) {
                                                   return accept_client(*site, descriptor, worker);
                                                 }));
  return server;
}

util::Status Server::start() { return impl_->listener->start(); }

std::uint16_t Server::port() const { return impl_->listener->port(); }

void Server::drain(const std::function<void()>& on_drain) {
  impl_->site->draining = true;
  if (on_drain) on_drain();
  if (!impl_->site->connections.wait_until_idle(impl_->site->options.drain_timeout)) {
    util::log_warning("some requests were not answered before the end");
  }
  impl_->stop();
}

void Server::Impl::stop() {
  const std::lock_guard lock(mutex);
  if (std::exchange(stopped, true) || !site) return;
  site->draining = true;
  for (const auto& connection : site->connections.all()) connection->close();
  site->connections.wait_until_empty(closing_time);
  if (listener) listener->stop();
  // Connections for which no worker has called on_end().
  for (const auto& connection : site->connections.all()) connection->on_end();
  site->disk.stop();
  for (const auto& sender : site->senders) sender->stop();
  site->timers.stop();
}

}  // namespace http
