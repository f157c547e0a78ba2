#include "http/listener.h"

#include <atomic>
#include <exception>
#include <optional>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pistache/listener.h>
#include <pistache/peer.h>
#include <pistache/tcp.h>
#include <sys/socket.h>

#include "util/log.h"

namespace http {
namespace {

constexpr int backlog = 1024;
constexpr const char* slot_name = "client";

/// Orders what a worker did with a peer before the destruction of the peer's Slot on any thread. Pistache's reference
/// counts do so already, but race detectors cannot see that in its library.
std::atomic<unsigned> partings{0};

/// The object that each Pistache peer holds for this server.
struct Slot {
  explicit Slot(std::shared_ptr<Client> of) : client(std::move(of)) {}
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() { (void)partings.load(std::memory_order_acquire); }

  std::shared_ptr<Client> client;
};

/// How much unsent output the kernel buffers for a client that does not read.
constexpr int most_unsent_bytes = 256 << 10;

/// With these keep-alive times, a client that has vanished is noticed after two minutes.
void set_options(int descriptor) {
  const auto set = [&](int level, int name, int value) { ::setsockopt(descriptor, level, name, &value, sizeof value); };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(IPPROTO_TCP, TCP_NOTSENT_LOWAT, most_unsent_bytes);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set(IPPROTO_TCP, TCP_KEEPCNT, 4);
}

class Front : public Pistache::Tcp::Handler {
 public:
  explicit Front(std::shared_ptr<const Listener::Accept> accept) : accept_(std::move(accept)) {}

  /// Pistache makes one handler for each worker.
  std::shared_ptr<Pistache::Tcp::Handler> clone() const override {
    auto own = std::make_shared<Front>(*this);
    own->worker_ = (*workers_)++;
    return own;
  }

  void onConnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
    guarded(peer, [&] {
      set_options(peer->fd());
      peer->putData(slot_name, std::make_shared<Slot>((*accept_)(peer->fd(), worker_)));
    });
  }

  void onInput(const char* bytes, std::size_t length, const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
    guarded(peer, [&] {
      const auto slot = slot_of(*peer);
      if (slot && slot->client) slot->client->on_input({bytes, length});
    });
  }

  void onDisconnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
    guarded(peer, [&] {
      const auto slot = slot_of(*peer);
      const auto client = slot ? std::move(slot->client) : nullptr;
      if (client) client->on_end();
    });
    partings.fetch_add(1, std::memory_order_release);
  }

 private:
  static std::shared_ptr<Slot> slot_of(const Pistache::Tcp::Peer& peer) {
    return std::static_pointer_cast<Slot>(peer.tryGetData(slot_name));
  }

  /// No exception may reach Pistache: it would end the process.
  template <typename Call>
  static void guarded(const std::shared_ptr<Pistache::Tcp::Peer>& peer, Call call) {
    try {
      call();
    } catch (const std::exception& error) {
      util::log_error("exception on a connection", {{"what", error.what()}});
      ::shutdown(peer->fd(), SHUT_RDWR);
    } catch (...) {
      util::log_error("exception on a connection");
      ::shutdown(peer->fd(), SHUT_RDWR);
    }
  }

  std::shared_ptr<const Listener::Accept> accept_;
  std::shared_ptr<std::size_t> workers_ = std::make_shared<std::size_t>(0);  // used by one thread
  std::size_t worker_ = 0;
};

Pistache::Address address_of(const std::string& address, std::uint16_t port) {
  const bool bare_ipv6 = address.find(':') != std::string::npos && address.front() != '[';
  return {bare_ipv6 ? "[" + address + "]" : address, Pistache::Port(port)};
}

}  // namespace

struct Listener::Impl {
  std::optional<Pistache::Tcp::Listener> tcp{std::in_place};
  std::uint16_t port = 0;
  bool started = false;
};

Listener::Listener() : impl_(std::make_unique<Impl>()) {}
Listener::~Listener() { stop(); }

util::Result<std::unique_ptr<Listener>> Listener::bind(const std::string& address, std::uint16_t port,
                                                       std::size_t workers, Accept accept) {
  using Pistache::Tcp::Options;
  try {
    auto listener = std::unique_ptr<Listener>(new Listener());
    Pistache::Flags<Options> flags(Options::ReuseAddr);
    flags.setFlag(Options::CloseOnExec);
    Pistache::Tcp::Listener& tcp = *listener->impl_->tcp;
    tcp.init(workers, flags, "http", backlog);
    tcp.setHandler(std::make_shared<Front>(std::make_shared<const Accept>(std::move(accept))));
    tcp.bind(address_of(address, port));
    listener->impl_->port = tcp.getPort();
    return listener;
  } catch (const std::exception& error) {
    return util::Error::of(util::ErrorCode::unavailable,
                           "cannot listen on " + address + " port " + std::to_string(port) + ": " + error.what());
  }
}

util::Status Listener::start() {
  try {
    impl_->tcp->runThreaded();
    impl_->started = true;
    return {};
  } catch (const std::exception& error) {
    return util::Error::of(util::ErrorCode::internal, std::string("cannot start the HTTP workers: ") + error.what());
  }
}

std::uint16_t Listener::port() const { return impl_->port; }

void Listener::stop() {
  if (impl_->tcp && impl_->started) impl_->tcp->shutdown();
  impl_->tcp.reset();  // joins the workers
}

}  // namespace http
