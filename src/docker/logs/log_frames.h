// Parses the engine's log stream of a container without a terminal. Each frame has a header of 8 bytes (stream, 0, 0,
// 0, length in network byte order) and that many bytes of log. The input may be split anywhere; only a header is
// buffered. Called on the thread that feeds it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace docker {

class LogFrames {
 public:
  enum class Stream { out, error };
  /// Receives bytes of a stream; returns false to stop.
  using Take = std::function<bool(Stream, std::string_view)>;

  /// Called when a frame of a stream begins; returns false to stop.
  using Begin = std::function<bool(Stream)>;

  explicit LogFrames(Take take, Begin begin = {}) : take_(std::move(take)), begin_(std::move(begin)) {}

  /// Returns false if the stream is malformed (see error()), or if `take` or `begin` has returned false.
  bool feed(std::string_view bytes);
  /// True between two frames, where a complete stream may end.
  bool at_boundary() const { return head_filled_ == 0 && left_ == 0; }
  /// True if `take` or `begin` has returned false.
  bool stopped() const { return stopped_; }
  /// What is wrong with the stream, or what the engine reported in it; empty otherwise.
  const std::string& error() const { return error_; }

 private:
  bool open_frame();
  bool give(std::string_view bytes);
  bool proceed(bool more);
  Stream which() const;

  static constexpr std::size_t head_bytes = 8;
  static constexpr std::size_t longest_report = 1000;
  Take take_;
  Begin begin_;
  std::array<unsigned char, head_bytes> head_{};
  std::size_t head_filled_ = 0;
  std::uint32_t left_ = 0;
  unsigned stream_ = 0;
  bool stopped_ = false;
  std::string report_;
  std::string error_;
};

}  // namespace docker
