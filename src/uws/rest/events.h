// Server-sent events (WHATWG HTML, section 9.2) of a job or of a list: what it is, and what it is after each change.
//
// A stream reads anew what it was told has changed, one reading at a time, and none while its client has not taken the
// last one: who is slow gets fewer and later states, and costs one document at most. EventStreams is owned by main and
// outlives the trees; its thread gives every stream a tick each second, which keeps quiet connections open and looks
// for what no commit tells of (progress, logs). Streams are owned by their connections.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "util/event_loop.h"

namespace uws::rest {

class EventStream : public http::LiveBody {
 public:
  Piece pull(std::size_t capacity) override;
  void on_more(std::function<void()> wake) override;

  /// Any thread, each second.
  void tick();

 protected:
  /// `data` without line feeds; `id` may be empty.
  void send(std::string_view event, std::string_view id, std::string_view data);
  void end();
  /// The client has taken all that was sent, and there may be more.
  bool is_free() const;

  virtual void on_taken() = 0;
  virtual void on_tick() = 0;

 private:
  using Clock = std::chrono::steady_clock;
  void add(const std::string& text, bool ended);

  mutable std::mutex mutex_;
  std::string text_ = "retry: 3000\n\n";  // not yet taken
  bool ended_ = false;
  Clock::time_point last_taken_ = Clock::now();
  std::function<void()> wake_;
};

class EventStreams {
 public:
  EventStreams();
  ~EventStreams();

  void add(const std::shared_ptr<EventStream>& stream);
  /// No more ticks.
  void stop();

 private:
  void tick();

  std::vector<std::weak_ptr<EventStream>> streams_;  // the loop's
  util::EventLoop loop_;                             // last: its tasks use all of the above
};

/// 200 with the stream as its body.
http::Response events(std::shared_ptr<EventStream> stream);

}  // namespace uws::rest
