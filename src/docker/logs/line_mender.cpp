#include "docker/logs/line_mender.h"

#include <utility>

namespace docker {

bool LineMender::begin() {
  finish();
  is_open_ = in_details_ = true;
  length_ = 0;
  last_ = 0;
  return std::exchange(owed_, Owed::nothing) != Owed::nothing;
}

std::string_view LineMender::take(std::string_view bytes) {
  if (in_details_) {
    const auto space = bytes.find(' ');
    if (space == std::string_view::npos) return {};
    in_details_ = false;
    bytes.remove_prefix(space + 1);
  }
  if (bytes.empty()) return bytes;
  length_ += bytes.size();
  last_ = bytes.back();
  return bytes;
}

LineMender::End LineMender::end() {
  finish();
  switch (std::exchange(owed_, Owed::nothing)) {
    case Owed::nothing:
      return End::whole;
    case Owed::likely:
      return End::unknown;
    case Owed::surely:
      return End::newline_owed;
  }
  return End::whole;
}

/// Closes the message before, and decides from its end whether a newline is missing.
void LineMender::finish() {
  if (!std::exchange(is_open_, false)) return;
  if (last_ == '\n') {
    keeps_newlines_ = keeps_newlines_ || in_long_line_;
    in_long_line_ = false;
  } else if (length_ == buffer_bytes) {
    in_long_line_ = true;
  } else if (std::exchange(in_long_line_, false) && !keeps_newlines_) {
    // The text after the last newline of the log is a message too, but never an empty one. So an empty message can only
    // be the end of a long line.
    owed_ = length_ == 0 ? Owed::surely : Owed::likely;
  }
}

}  // namespace docker
