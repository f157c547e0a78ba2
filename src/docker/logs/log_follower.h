// Reads both logs of a container, from their beginning to their end. Used on the loop's thread; the sink is called on
// the net thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "docker/api/api.h"
#include "docker/facts.h"
#include "executor/engine.h"
#include "util/async.h"

namespace docker {

/// A log that is being read.
class LogReader {
 public:
  virtual ~LogReader() = default;
  /// To be called when the container has ended: the log is now complete.
  virtual void over() = 0;
};

class Pass;

/// Bytes of each stream.
struct LogPosition {
  std::uint64_t out = 0;
  std::uint64_t error = 0;
};

/// Calls `done` at the end of the log, or when the sink takes no more; a container that does not exist has an empty
/// log. An Error means that a stream broke off; the caller may then read the whole log again. The caller must call
/// over() of the returned reader when the container has ended.
std::weak_ptr<LogReader> read_logs(Api& api, const Facts& facts, std::string container, bool has_ended,
                                   std::shared_ptr<executor::LogSink> sink, util::Callback<void> done);

/// Follows the log while it grows, and then reads it once more, because an engine may end the first stream just before
/// the last message. If the request has to wait for other followed logs until the container has ended, the log is only
/// read without following.
class LogReading : public LogReader, public std::enable_shared_from_this<LogReading> {
 public:
  LogReading(Api& api, std::string container, bool mend_lines, std::shared_ptr<executor::LogSink> sink,
             util::Callback<void> done);
  void begin() { read(true, {}); }
  void begin_after_end() { read(false, {}); }
  void over() override;

 private:
  void read(bool follow, LogPosition skip);

  Api& api_;
  const std::string container_;
  const bool mend_lines_;
  const std::shared_ptr<executor::LogSink> sink_;
  const util::Callback<void> done_;
  std::optional<Api::CallId> waiting_;  // the request to follow the log, until its answer begins
  std::shared_ptr<Pass> pass_;          // the pass of that request
};

/// For an engine whose followed log has gaps. The followed stream is only used to notice that there is more, and that
/// the log has ended. The bytes come from repeated passes that read the log without following, and skip what the sink
/// already has. The followed stream may also miss the end of the container, and ends at once if the container is
/// paused.
class LogPasses : public LogReader, public std::enable_shared_from_this<LogPasses> {
 public:
  LogPasses(Api& api, std::string container, std::shared_ptr<executor::LogSink> sink, util::Callback<void> done);
  void begin();
  void over() override;

 private:
  void on_more();
  void on_follow_end(const util::Result<Answer>& result);
  /// Asks the engine whether the container has ended, or only the followed stream.
  void inspect();
  void on_inspected(const util::Result<Answer>& result);
  void pass();
  void on_pass_end(const LogPosition& seen, bool stopped, util::Status outcome, bool was_last);
  void finish(util::Status status);

  Api& api_;
  const std::string container_;
  const std::shared_ptr<executor::LogSink> sink_;
  util::Callback<void> done_;  // empty after it was called
  Api::CallId follow_ = 0;
  std::function<void()> stop_pass_;
  LogPosition position_;
  bool is_over_ = false;  // the container has ended: the log is complete
  bool is_more_ = false;  // the log has grown since the last pass began
  bool is_due_ = false;   // a pass is scheduled
  bool is_passing_ = false;
  std::chrono::steady_clock::time_point begun_;  // begin of the last pass
  std::chrono::milliseconds pause_;
  std::chrono::milliseconds inspect_pause_;
};

}  // namespace docker
