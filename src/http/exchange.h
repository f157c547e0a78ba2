// The channel behind a Reply: it takes the answer of one request to its connection. The copies of the Reply share it;
// any thread may call. If it is destroyed without an answer, it sends 500.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "http/reply.h"

namespace http {

class Connection;

class Exchange : public Reply::Channel {
 public:
  Exchange(std::shared_ptr<Connection> connection, std::uint64_t request_number);
  ~Exchange() override;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void send(Response response) override;
  bool client_gone() const override { return gone_; }
  void on_client_gone(std::function<void()> notice) override;

  /// Called once by the connection, which does not hold its lock then.
  void client_left();

 private:
  const std::shared_ptr<Connection> connection_;
  const std::uint64_t request_number_;
  std::atomic<bool> answered_{false};
  std::atomic<bool> gone_{false};
  std::mutex mutex_;
  std::function<void()> notice_;
};

}  // namespace http
