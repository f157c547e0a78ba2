// The answer to one request, which any thread may give, later.
//
// Copies share one answer. The first send() counts; later ones are dropped and logged. A Reply whose last copy goes
// without an answer sends 500. Replies of one connection go out in the order of its requests.
#pragma once

#include <functional>
#include <memory>

#include "http/message.h"

namespace http {

class Reply {
 public:
  /// What the server puts behind a reply; tests put their own.
  class Channel {
   public:
    virtual ~Channel() = default;
    virtual void send(Response response) = 0;
    virtual bool client_gone() const = 0;
    virtual void on_client_gone(std::function<void()> notice) = 0;
  };

  explicit Reply(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}

  void send(Response response) const { channel_->send(std::move(response)); }
  /// An error as text or as a problem body, as the client prefers (U62): see http/problem.h.
  void send(const Request& request, const util::Error& error) const;

  bool client_gone() const { return channel_->client_gone(); }
  /// Called once if the client leaves before the answer; from any thread; at once if it has left.
  void on_client_gone(std::function<void()> notice) const { channel_->on_client_gone(std::move(notice)); }

 private:
  std::shared_ptr<Channel> channel_;
};

}  // namespace http
