// With a Reply, a handler answers one request, now or later and from any thread.
//
// Copies belong to the same request. The first send() counts; later ones are dropped and logged. If the last copy is
// destroyed before send(), the server answers 500. The answers of one connection are sent in the order of its requests.
#pragma once

#include <functional>
#include <memory>

#include "http/message.h"

namespace http {

class Reply {
 public:
  /// The server's implementation of a reply; tests have their own.
  class Channel {
   public:
    virtual ~Channel() = default;
    virtual void send(Response response) = 0;
    virtual bool client_gone() const = 0;
    virtual void on_client_gone(std::function<void()> notice) = 0;
  };

  explicit Reply(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}

  void send(Response response) const { channel_->send(std::move(response)); }
  /// Answers with an error, as text or as a problem document, as the client prefers (U62); see http/problem.h.
  void send(const Request& request, const util::Error& error) const;

  bool client_gone() const { return channel_->client_gone(); }
  /// `notice` is called once, from any thread, if the client leaves before the answer; at once if it has left already.
  void on_client_gone(std::function<void()> notice) const { channel_->on_client_gone(std::move(notice)); }

 private:
  std::shared_ptr<Channel> channel_;
};

}  // namespace http
