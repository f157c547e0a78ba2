// Both logs of a container, from their beginning to their end.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "docker/api.h"
#include "docker/facts.h"
#include "executor/engine.h"

namespace docker {

/// A log that is being read.
class LogReader {
 public:
  virtual ~LogReader() = default;
  /// The container has ended: what stands in the log now is all of it.
  virtual void over() = 0;
};

class Pass;

/// Bytes of each stream.
struct LogPosition {
  std::uint64_t out = 0;
  std::uint64_t error = 0;
};

/// `done` at the end of the log, or when the sink wants no more; a container that is not there has none. An Error when
/// a stream broke off: the whole may be asked for again. What it answers wants to be told of the container's end.
std::weak_ptr<LogReader> read_logs(Api& api, const Facts& facts, std::string container, bool has_ended,
                                   std::shared_ptr<executor::LogSink> sink, executor::Callback<void> done);

/// Read while it grows, and then once more: an engine may end the first stream a moment before the last message of all.
/// Where so many logs are followed that this one's turn does not come before the container's end, it is read then.
class LogReading : public LogReader, public std::enable_shared_from_this<LogReading> {
 public:
  LogReading(Api& api, std::string container, bool mend_lines, std::shared_ptr<executor::LogSink> sink,
             executor::Callback<void> done);
  void begin() { read(true, {}); }
  void begin_after_end() { read(false, {}); }
  void over() override;

 private:
  void read(bool follow, LogPosition skip);

  Api& api_;
  const std::string container_;
  const bool mend_lines_;
  const std::shared_ptr<executor::LogSink> sink_;
  const executor::Callback<void> done_;
  std::optional<Api::CallId> waiting_;  // to be followed: no byte has come yet
  std::shared_ptr<Pass> pass_;          // of it
};

/// For an engine whose growing log comes with gaps: that stream only tells that there is more, and when it is over. The
/// bytes are read from the log as it stands, again and again, each time past what the sink has. The stream may miss the
/// container's end, too, and it ends at once where a container is paused.
class LogPasses : public LogReader, public std::enable_shared_from_this<LogPasses> {
 public:
  LogPasses(Api& api, std::string container, std::shared_ptr<executor::LogSink> sink, executor::Callback<void> done);
  void begin();
  void over() override;

 private:
  void on_more();
  void on_follow_end(const util::Result<Answer>& result);
  /// Has the container ended, or only the stream?
  void look();
  void on_look(const util::Result<Answer>& result);
  void pass();
  void on_pass_end(const LogPosition& seen, bool stopped, util::Status outcome, bool was_last);
  void finish(util::Status status);

  Api& api_;
  const std::string container_;
  const std::shared_ptr<executor::LogSink> sink_;
  executor::Callback<void> done_;  // empty when it was called
  Api::CallId follow_ = 0;
  std::function<void()> stop_pass_;
  LogPosition position_;
  bool is_over_ = false;  // nothing is added any more
  bool is_more_ = false;  // since the last pass began
  bool is_due_ = false;   // a pass is to come
  bool is_passing_ = false;
  std::chrono::steady_clock::time_point begun_;  // the pass
  std::chrono::milliseconds pause_;
  std::chrono::milliseconds look_pause_;
};

}  // namespace docker
