// Accepts TCP connections and reads from them, with Pistache's Tcp layer (only listener.cpp includes it). Owned by the
// server, which starts and stops it.
//
// Pistache does not write: its code spins while a client does not read, and queues by file descriptor. A connection
// writes to its own socket, without blocking, and its Sender tells it when the socket can take more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "util/result.h"

namespace http {

/// One accepted connection. The same worker thread makes all calls.
class Client {
 public:
  virtual ~Client() = default;
  virtual void on_input(std::string_view bytes) = 0;
  /// The peer has closed the connection, or the socket was shut down. The descriptor is closed after this call.
  virtual void on_end() = 0;
};

class Listener {
 public:
  /// Makes the Client for a new connection. Runs on the connection's worker, whose number is from 0 to workers - 1.
  using Accept = std::function<std::shared_ptr<Client>(int descriptor, std::size_t worker)>;

  static util::Result<std::unique_ptr<Listener>> bind(const std::string& address, std::uint16_t port,
                                                      std::size_t workers, Accept accept);
  ~Listener();

  util::Status start();
  std::uint16_t port() const;
  /// Ends the workers. No client is called afterwards.
  void stop();

 private:
  Listener();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
