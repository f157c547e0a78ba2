// Parses the bytes of one connection into HTTP/1.0 and 1.1 requests, one after the other.
//
// It refuses whatever two parsers could read differently (request smuggling), and knows nothing of sockets or routes.
// Owned by the connection; not thread-safe: the connection calls it from one thread at a time. Body bytes are passed on
// at once; at most a head, or one chunk header with trailers, is kept in memory.
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
  std::string method;     // one of the methods of Method
  std::string target;     // in origin-form, or "*" with OPTIONS
  std::string authority;  // from an absolute target, else from Host; empty only in HTTP/1.0
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

  /// What the framer does after an event: continue, keep the rest until resume(), or stop for ever.
  enum class Step { go_on, hold, stop };

  class Sink {
   public:
    virtual ~Sink() = default;
    /// May call limit_body().
    virtual Step on_head(MessageHead head) = 0;
    virtual Step on_body(std::string_view bytes) = 0;
    virtual Step on_done() = 0;
    /// The framer has stopped; no other call follows.
    virtual void on_fail(const FramingError& error) = 0;
  };

  enum class State { idle, head, body, stopped };

  Framer(const Limits& limits, Sink& sink);
  ~Framer();

  /// Parses the bytes. While the framer is held, they are only kept.
  void feed(std::string_view bytes);
  void resume();
  void stop();

  /// Limits the current message: it fails with 413 when its chunks announce more than `bytes` together.
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
  std::unique_ptr<Parser> parser_;  // for the current message
  std::string rest_;
  std::size_t skipped_line_ends_ = 0;
  std::size_t head_bytes_ = 0;
  bool head_delivered_ = false;
  bool held_ = false;
  bool stopped_ = false;
  bool running_ = false;
};

}  // namespace http
