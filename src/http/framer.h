// From bytes to messages: HTTP/1.0 and 1.1 requests, one after the other on one connection.
//
// Refuses whatever two parsers could read differently. Knows nothing of sockets or routes. Not thread-safe: its
// connection calls it from one thread at a time. Body bytes are handed on at once; at most a head, or one chunk header
// with its trailers, is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace http {

struct MessageHead {
  std::string method;     // one that Method knows
  std::string target;     // origin-form, or "*" with OPTIONS
  std::string authority;  // Host, or what an absolute target says; empty only in HTTP/1.0
  Headers headers;
  bool http_1_1 = true;
  bool keep_alive = true;
  bool expects_continue = false;
  bool chunked = false;
  std::uint64_t content_length = 0;  // 0 when chunked

  bool has_body() const { return chunked || content_length > 0; }
};

struct FramingError {
  int status = 400;
  std::string reason;
};

class Framer {
 public:
  struct Limits {
    std::size_t target_bytes = 8U << 10U;
    std::size_t head_bytes = 32U << 10U;
    std::size_t fields = 100;
  };

  /// What to do after an event: go on, keep the rest until resume(), or never call again.
  enum class Step { go_on, hold, stop };

  class Sink {
   public:
    virtual ~Sink() = default;
    /// May call limit_body().
    virtual Step on_head(MessageHead head) = 0;
    virtual Step on_body(std::string_view bytes) = 0;
    virtual Step on_done() = 0;
    /// Nothing comes after it.
    virtual void on_fail(const FramingError& error) = 0;
  };

  enum class State { idle, head, body, stopped };

  Framer(const Limits& limits, Sink& sink);
  ~Framer();

  /// While held, the bytes are only kept.
  void feed(std::string_view bytes);
  void resume();
  void stop();

  /// For the message in hand: a chunked body that announces more fails with 413.
  void limit_body(std::uint64_t bytes);

  bool held() const { return held_; }
  std::size_t kept_bytes() const { return rest_.size(); }
  State state() const;

 private:
  class Parser;

  void run(std::string_view fresh);
  std::size_t parse(std::string_view input);
  bool advance(std::string_view& input);
  bool begin_message(std::string_view& input);
  bool advance_head(std::string_view& input);
  bool advance_body(std::string_view& input);
  void fail(int status, std::string reason);
  void obey(Step step);
  void finish_head();
  void finish_message();

  const Limits limits_;
  Sink& sink_;
  std::unique_ptr<Parser> parser_;  // of the message in hand
  std::string rest_;
  std::size_t skipped_line_ends_ = 0;
  std::size_t head_bytes_ = 0;
  bool head_delivered_ = false;
  bool held_ = false;
  bool stopped_ = false;
  bool running_ = false;
};

}  // namespace http
