// Both logs of a container, from their beginning to their end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "docker/api.h"
#include "executor/engine.h"

namespace docker {

/// Docker's `local` driver gives a line in pieces when it is longer than its buffer, and loses the newline at the end
/// of such a line. It is put back when more follows; after the last line of all there is no telling whether it was
/// there.
class LineMender {
 public:
  /// A message of so many bytes begins: is the newline of the one before to be put in front of it?
  bool begin(std::size_t bytes);
  void take(std::string_view bytes);

 private:
  void finish();
  static constexpr std::size_t buffer_bytes = 16384;
  bool in_long_line_ = false;
  bool is_owed_ = false;
  bool is_open_ = false;
  std::size_t length_ = 0;
  char last_ = 0;
};

/// Bytes of each stream.
struct LogPosition {
  std::uint64_t out = 0;
  std::uint64_t error = 0;
};

/// Read while it grows, and then once more: an engine may end the first stream a moment before the last message of all.
///
/// `done` at the end of the log, or when the sink wants no more; a container that is not there has none. An Error when
/// a stream broke off: the whole may be asked for again.
class LogReading : public std::enable_shared_from_this<LogReading> {
 public:
  LogReading(Api& api, std::string container, bool mend_lines, std::shared_ptr<executor::LogSink> sink,
             executor::Callback<void> done);
  void begin();

 private:
  void read(bool follow, LogPosition skip);

  Api& api_;
  const std::string container_;
  const bool mend_lines_;
  const std::shared_ptr<executor::LogSink> sink_;
  const executor::Callback<void> done_;
};

}  // namespace docker
