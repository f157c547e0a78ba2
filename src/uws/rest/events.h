// Server-sent events (WHATWG HTML, section 9.2) of a job or a list: its state at first, and after each change.
//
// After a notice of a change a stream reads the job or list again. It makes one read at a time, and none before the
// client has received the previous document: a slow client gets fewer and later states, and at most one document is
// held in memory for it. EventStreams is owned by main and outlives the JobTrees. Its thread calls tick() of every
// stream each second, which keeps quiet connections open and finds changes without a commit (progress, logs). A stream
// is owned by its connection.
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

  /// Called each second by EventStreams, on its thread.
  void tick();

 protected:
  /// `data` must not contain line feeds; `id` may be empty.
  void send(std::string_view event, std::string_view id, std::string_view data);
  void end();
  /// True if the server has taken everything that was sent, and the stream has not ended.
  bool is_free() const;

  virtual void on_taken() = 0;
  virtual void on_tick() = 0;

 private:
  using Clock = std::chrono::steady_clock;
  void add(const std::string& text, bool ended);

  mutable std::mutex mutex_;
  std::string text_ = "retry: 3000\n\n";  // text that the server has not taken yet
  bool ended_ = false;
  Clock::time_point last_taken_ = Clock::now();
  std::function<void()> wake_;
};

class EventStreams {
 public:
  EventStreams();
  ~EventStreams();

  void add(const std::shared_ptr<EventStream>& stream);
  /// Ends the thread: no more ticks.
  void stop();

 private:
  void tick();

  std::vector<std::weak_ptr<EventStream>> streams_;  // used on the loop only
  util::EventLoop loop_;                             // the last member, so destroyed first: its tasks use the others
};

/// The response 200 with the stream as its body.
http::Response events(std::shared_ptr<EventStream> stream);

}  // namespace uws::rest
