// TCP connections: accepting them and reading from them, on Pistache's Tcp layer (only listener.cpp includes it).
//
// Writing is not here: Pistache spins while a client does not read, and queues by file descriptor. A connection writes
// to its own socket, without blocking, and learns from its Sender when it can go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "util/result.h"

namespace http {

/// One accepted connection, called by one worker thread for life.
class Client {
 public:
  virtual ~Client() = default;
  virtual void on_input(std::string_view bytes) = 0;
  /// The other side has ended, or somebody has shut the socket down. The descriptor is closed when this returns.
  virtual void on_end() = 0;
};

class Listener {
 public:
  /// Makes the client of a new connection; runs on the connection's worker, which is one of 0 to workers - 1.
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
