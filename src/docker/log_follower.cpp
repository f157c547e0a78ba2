#include "docker/log_follower.h"

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

void follow_logs(Api& api, const std::string& container, bool mend_lines, std::shared_ptr<executor::LogSink> sink,
                 executor::Callback<void> done) {
  struct Menders {
    LineMender out;
    LineMender error;
    LineMender& of(LogFrames::Stream stream) { return stream == LogFrames::Stream::error ? error : out; }
  };
  auto menders = std::make_shared<Menders>();
  auto give = [sink = std::move(sink)](LogFrames::Stream stream, std::string_view bytes) {
    return stream == LogFrames::Stream::error ? sink->on_stderr(bytes) : sink->on_stdout(bytes);
  };
  auto take = [menders, give](LogFrames::Stream stream, std::string_view bytes) {
    menders->of(stream).take(bytes);
    return give(stream, bytes);
  };
  LogFrames::Begin begin;
  if (mend_lines) {
    begin = [menders, give](LogFrames::Stream stream, std::size_t length) {
      return !menders->of(stream).begin(length) || give(stream, "\n");
    };
  }
  auto frames = std::make_shared<LogFrames>(std::move(take), std::move(begin));
  Request request;
  request.path = "/containers/" + util::percent_encode(container) + "/logs?stdout=1&stderr=1&follow=1";
  request.timeout.reset();
  request.on_data = [frames](std::string_view bytes) { return frames->feed(bytes); };
  api.call(std::move(request),
           [frames, done = std::move(done)](util::Result<Answer> result) { done(outcome_of(*frames, result)); });
}

}  // namespace docker
