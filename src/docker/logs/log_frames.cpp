#include "docker/logs/log_frames.h"

#include <algorithm>

namespace docker {
namespace {

constexpr unsigned stderr_stream = 2;
constexpr unsigned report_stream = 3;  // an error of the engine while it reads the log

}  // namespace

bool LogFrames::open_frame() {
  stream_ = head_[0];
  if (stream_ > report_stream || head_[1] != 0 || head_[2] != 0 || head_[3] != 0) {
    error_ = "the engine's log stream is malformed";
    return false;
  }
  left_ = (std::uint32_t{head_[4]} << 24U) | (std::uint32_t{head_[5]} << 16U) | (std::uint32_t{head_[6]} << 8U) |
          std::uint32_t{head_[7]};
  head_filled_ = 0;
  return stream_ == report_stream || !begin_ || proceed(begin_(which()));
}

LogFrames::Stream LogFrames::which() const { return stream_ == stderr_stream ? Stream::error : Stream::out; }

bool LogFrames::proceed(bool more) {
  stopped_ = !more;
  return more;
}

bool LogFrames::give(std::string_view bytes) {
  if (stream_ == report_stream) {
    report_.append(bytes.substr(0, longest_report - report_.size()));
    if (left_ > 0) return true;
    error_ = "the engine could not read the log: " + report_;
    return false;
  }
  return proceed(take_(which(), bytes));
}

bool LogFrames::feed(std::string_view bytes) {
  if (stopped_ || !error_.empty()) return false;
  while (!bytes.empty()) {
    if (left_ == 0) {
      head_[head_filled_++] = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      if (head_filled_ == head_bytes && !open_frame()) return false;
      continue;
    }
    const auto count = std::min<std::size_t>(left_, bytes.size());
    left_ -= static_cast<std::uint32_t>(count);
    if (!give(bytes.substr(0, count))) return false;
    bytes.remove_prefix(count);
  }
  return true;
}

}  // namespace docker
