// The engine's log stream of a container without a terminal: frames of an 8 byte head (stream, 0, 0, 0, length in
// network order) and that many bytes. Frames are cut anywhere; nothing is buffered but a head. No thread of its own.
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
  /// False: no more, please.
  using Take = std::function<bool(Stream, std::string_view)>;

  /// A frame begins on that stream; the same answer.
  using Begin = std::function<bool(Stream)>;

  explicit LogFrames(Take take, Begin begin = {}) : take_(std::move(take)), begin_(std::move(begin)) {}

  /// False when the stream is malformed (see error()), or when `take` wants no more.
  bool feed(std::string_view bytes);
  /// True between two frames: where a stream may end.
  bool at_boundary() const { return head_filled_ == 0 && left_ == 0; }
  /// `take` wanted no more.
  bool stopped() const { return stopped_; }
  /// What is wrong with the stream, or what the engine reported in it; empty otherwise.
  const std::string& error() const { return error_; }

 private:
  bool open_frame();
  bool give(std::string_view bytes);
  bool told(bool more);
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
