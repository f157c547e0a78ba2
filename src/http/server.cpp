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

constexpr std::size_t other_descriptors = 128;  // files, engines, databases
constexpr std::size_t most_refused = 256;       // connections beyond the limit that are still told why
constexpr auto closing_time = std::chrono::seconds(2);

std::size_t fitting_connections(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return wanted;
  const std::size_t spare = other_descriptors + most_refused;
  const std::size_t fitting = files.rlim_cur > 2 * spare ? files.rlim_cur - spare : files.rlim_cur / 2;
  if (fitting < wanted) {
    util::log_warning("fewer connections than configured: the limit of open files is too low",
                      {{"connections", static_cast<long long>(fitting)}});
  }
  return std::min(wanted, fitting);
}

std::shared_ptr<Client> accept_client(Site& site, int descriptor) {
  const std::size_t open = site.registry.size();
  if (open >= site.options.max_connections + most_refused) {
    ::shutdown(descriptor, SHUT_RDWR);
    return nullptr;
  }
  const std::uint64_t id = ++site.last_connection;
  const auto connection = std::make_shared<Connection>(site, descriptor, id);
  site.registry.add(id, connection);
  connection->begin(open >= site.options.max_connections);
  return connection;
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
  options.workers = std::max<std::size_t>(options.workers, 1);
  options.max_connections = fitting_connections(options.max_connections);
  auto server = std::unique_ptr<Server>(new Server());
  Impl& impl = *server->impl_;
  impl.site =
      std::make_unique<Site>(std::move(options), router, authenticator, std::move(forwarding), std::move(origins));
  const ServerOptions& kept = impl.site->options;
  ASSIGN_OR_RETURN(impl.listener,
                   Listener::bind(kept.address, kept.port, kept.workers,
                                  [site = impl.site.get()](int fd) { return accept_client(*site, fd); }));
  return server;
}

util::Status Server::start() { return impl_->listener->start(); }

std::uint16_t Server::port() const { return impl_->listener->port(); }

void Server::drain(const std::function<void()>& on_drain) {
  impl_->site->draining = true;
  if (on_drain) on_drain();
  if (!impl_->site->registry.wait_until_idle(impl_->site->options.drain_timeout)) {
    util::log_warning("some requests were not answered before the end");
  }
  impl_->stop();
}

void Server::Impl::stop() {
  const std::lock_guard lock(mutex);
  if (std::exchange(stopped, true) || !site) return;
  site->draining = true;
  for (const auto& connection : site->registry.all()) connection->close();
  site->registry.wait_until_empty(closing_time);
  if (listener) listener->stop();
  // Those that no worker has ended.
  for (const auto& connection : site->registry.all()) connection->on_end();
  for (const auto& sender : site->senders) sender->stop();
  site->timers.stop();
}

}  // namespace http
