#include "docker/log_follower.h"

#include <algorithm>
#include <utility>

#include "docker/log_frames.h"
#include "util/text.h"

namespace docker {
namespace {

util::Error broken(std::string why) { return util::Error::of(util::ErrorCode::unavailable, std::move(why)); }

util::Status outcome_of(const LogFrames& frames, const util::Result<Answer>& result) {
  if (frames.stopped()) return {};
  if (!frames.error().empty()) return broken(engine_words(frames.error()));
  if (!result.ok()) return result.error();
  if (result->status == 404) return {};
  if (!result->ok()) return result->error();
  if (!frames.at_boundary()) return broken("the engine's log stream broke off");
  return {};
}

}  // namespace

bool LineMender::begin(std::size_t bytes) {
  finish();
  length_ = bytes;
  is_open_ = true;
  last_ = 0;
  return std::exchange(is_owed_, false);
}

void LineMender::take(std::string_view bytes) { last_ = bytes.back(); }

/// Of the message before: how did it end?
void LineMender::finish() {
  if (!std::exchange(is_open_, false)) return;
  if (last_ == '\n') {
    in_long_line_ = false;
  } else if (length_ == buffer_bytes) {
    in_long_line_ = true;
  } else {
    is_owed_ = std::exchange(in_long_line_, false);
  }
}

namespace {

/// The sink's side of one pass over the log: mended, and without what it has already.
class Pass {
 public:
  Pass(bool mend_lines, std::shared_ptr<executor::LogSink> sink, LogPosition skip)
      : mend_lines_(mend_lines), sink_(std::move(sink)), skip_(skip) {}

  bool begin(LogFrames::Stream stream, std::size_t length) {
    return !mend_lines_ || !mender(stream).begin(length) || give(stream, "\n");
  }
  bool take(LogFrames::Stream stream, std::string_view bytes) {
    mender(stream).take(bytes);
    return give(stream, bytes);
  }
  const LogPosition& seen() const { return seen_; }

 private:
  LineMender& mender(LogFrames::Stream stream) { return stream == LogFrames::Stream::error ? error_ : out_; }
  static std::uint64_t& of(LogPosition& position, LogFrames::Stream stream) {
    return stream == LogFrames::Stream::error ? position.error : position.out;
  }
  bool give(LogFrames::Stream stream, std::string_view bytes) {
    of(seen_, stream) += bytes.size();
    auto& skip = of(skip_, stream);
    const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(skip, bytes.size()));
    skip -= known;
    bytes.remove_prefix(known);
    if (bytes.empty()) return true;
    return stream == LogFrames::Stream::error ? sink_->on_stderr(bytes) : sink_->on_stdout(bytes);
  }

  const bool mend_lines_;
  const std::shared_ptr<executor::LogSink> sink_;
  LogPosition skip_;
  LogPosition seen_;
  LineMender out_;
  LineMender error_;
};

}  // namespace

LogReading::LogReading(Api& api, std::string container, bool mend_lines, std::shared_ptr<executor::LogSink> sink,
                       executor::Callback<void> done)
    : api_(api),
      container_(std::move(container)),
      mend_lines_(mend_lines),
      sink_(std::move(sink)),
      done_(std::move(done)) {}

void LogReading::begin() { read(true, {}); }

void LogReading::read(bool follow, LogPosition skip) {
  auto pass = std::make_shared<Pass>(mend_lines_, sink_, skip);
  auto frames = std::make_shared<LogFrames>(
      [pass](LogFrames::Stream stream, std::string_view bytes) { return pass->take(stream, bytes); },
      [pass](LogFrames::Stream stream, std::size_t length) { return pass->begin(stream, length); });
  Request request;
  request.path =
      "/containers/" + util::percent_encode(container_) + "/logs?stdout=1&stderr=1" + (follow ? "&follow=1" : "");
  request.timeout.reset();
  request.on_data = [frames](std::string_view bytes) { return frames->feed(bytes); };
  api_.call(std::move(request), [self = shared_from_this(), follow, pass, frames](util::Result<Answer> result) {
    auto outcome = outcome_of(*frames, result);
    const bool is_whole = !outcome.ok() || frames->stopped() || !follow || !result->ok();
    if (is_whole) return self->done_(std::move(outcome));
    self->read(false, pass->seen());
  });
}

}  // namespace docker
