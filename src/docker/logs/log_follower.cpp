#include "docker/logs/log_follower.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "docker/api/json.h"
#include "docker/differences.h"
#include "docker/logs/line_mender.h"
#include "docker/logs/log_frames.h"
#include "docker/runs/status.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_inspect_pause{5000};
/// After a pass, the pause is at least so many times the duration of the pass.
constexpr int share_of_rest = 4;

Request logs_of(const std::string& container, bool follow, bool with_details = false) {
  Request request;
  request.path = "/containers/" + util::percent_encode(container) + "/logs?stdout=1&stderr=1" +
                 (follow ? "&follow=1" : "") + (with_details ? "&details=1" : "");
  request.lane = follow ? net::Lane::stream : net::Lane::transfer;
  request.timeout.reset();
  return request;
}

/// An error for an incomplete answer. It does not count as silence, because the engine did answer.
util::Error broken(std::string why) { return util::Error::of(util::ErrorCode::internal, std::move(why)); }

util::Status outcome_of(const LogFrames& frames, const util::Result<Answer>& result) {
  if (frames.stopped()) return {};
  if (!frames.error().empty()) return broken(engine_words(frames.error()));
  if (!result.ok()) return result.error();
  if (result->status == 404) return {};
  if (!result->ok()) return result->error();
  if (!frames.at_boundary()) return broken("the engine's log stream broke off");
  return {};
}

/// True if a stream is shorter than before, because the engine has discarded the beginning of the log.
bool is_less(const LogPosition& now, const LogPosition& before) {
  return now.out < before.out || now.error < before.error;
}

}  // namespace

/// Gives the bytes of one pass over the log to the sink: with newlines mended, and without those that the sink has.
class Pass {
 public:
  Pass(bool mend_lines, std::shared_ptr<executor::LogSink> sink, LogPosition skip)
      : mend_lines_(mend_lines), sink_(std::move(sink)), skip_(skip) {}

  bool begin(LogFrames::Stream stream) { return !mend_lines_ || !mender(stream).begin() || give(stream, "\n"); }
  bool take(LogFrames::Stream stream, std::string_view bytes) {
    return give(stream, mend_lines_ ? mender(stream).take(bytes) : bytes);
  }
  /// To be called when the whole log has come.
  void end() {
    for (const auto stream : {LogFrames::Stream::out, LogFrames::Stream::error}) {
      const auto end = mender(stream).end();
      if (end == LineMender::End::newline_owed) give(stream, "\n");
      if (end == LineMender::End::unknown) doubt(stream);
    }
  }
  LogPosition seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  void doubt_whole() {
    constexpr auto why =
        "may have gaps: the command wrote more than the engine keeps of its log, faster than it could be read";
    sink_->on_stdout_doubt(why);
    sink_->on_stderr_doubt(why);
  }
  /// After this call the sink is not called any more. May be called on any thread.
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }

 private:
  LineMender& mender(LogFrames::Stream stream) { return stream == LogFrames::Stream::error ? error_ : out_; }
  static std::uint64_t& of(LogPosition& position, LogFrames::Stream stream) {
    return stream == LogFrames::Stream::error ? position.error : position.out;
  }
  bool give(LogFrames::Stream stream, std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return false;
    of(seen_, stream) += bytes.size();
    auto& skip = of(skip_, stream);
    const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(skip, bytes.size()));
    skip -= known;
    bytes.remove_prefix(known);
    if (bytes.empty()) return true;
    return stream == LogFrames::Stream::error ? sink_->on_stderr(bytes) : sink_->on_stdout(bytes);
  }

  void doubt(LogFrames::Stream stream) {
    constexpr auto why =
        "ends with a line of more than 16 KiB; the engine does not tell whether a newline stood at its end, and none "
        "is "
        "shown";
    stream == LogFrames::Stream::error ? sink_->on_stderr_doubt(why) : sink_->on_stdout_doubt(why);
  }

  const bool mend_lines_;
  const std::shared_ptr<executor::LogSink> sink_;
  LogPosition skip_;
  LogPosition seen_;
  LineMender out_;
  LineMender error_;
  mutable std::mutex mutex_;
  bool is_closed_ = false;
};

LogReading::LogReading(Api& api, std::string container, bool mend_lines, std::shared_ptr<executor::LogSink> sink,
                       util::Callback<void> done)
    : api_(api),
      container_(std::move(container)),
      mend_lines_(mend_lines),
      sink_(std::move(sink)),
      done_(std::move(done)) {}

void LogReading::read(bool follow, LogPosition skip) {
  auto pass = std::make_shared<Pass>(mend_lines_, sink_, skip);
  auto frames = std::make_shared<LogFrames>(
      [pass](LogFrames::Stream stream, std::string_view bytes) { return pass->take(stream, bytes); },
      [pass](LogFrames::Stream stream) { return pass->begin(stream); });
  auto request = logs_of(container_, follow, mend_lines_);
  request.on_data = [frames](std::string_view bytes) { return frames->feed(bytes); };
  const std::weak_ptr<LogReading> weak = shared_from_this();
  request.on_begin = [weak] {
    if (const auto self = weak.lock()) self->waiting_.reset();
  };
  const auto call = api_.call(std::move(request),
                              [self = shared_from_this(), follow, skip, pass, frames](util::Result<Answer> result) {
                                self->waiting_.reset();
                                auto outcome = outcome_of(*frames, result);
                                const bool goes_on = outcome.ok() && !frames->stopped() && result->ok();
                                if (goes_on && follow) return self->read(false, pass->seen());
                                if (goes_on) pass->end();
                                if (goes_on && is_less(pass->seen(), skip)) pass->doubt_whole();
                                self->done_(std::move(outcome));
                              });
  if (!follow) return;
  waiting_ = call;
  pass_ = pass;
}

void LogReading::over() {
  if (!waiting_) return;  // a log that is being followed ends by itself
  api_.cancel(*std::exchange(waiting_, std::nullopt));
  pass_->close();
  read(false, pass_->seen());
}

LogPasses::LogPasses(Api& api, std::string container, std::shared_ptr<executor::LogSink> sink,
                     util::Callback<void> done)
    : api_(api),
      container_(std::move(container)),
      sink_(std::move(sink)),
      done_(std::move(done)),
      pause_(first_pause),
      inspect_pause_(first_pause) {}

void LogPasses::begin() {
  auto request = logs_of(container_, true);
  const std::weak_ptr<LogPasses> weak = shared_from_this();
  request.on_data = [weak, post = api_.poster(), told = std::make_shared<std::atomic<bool>>(false)](std::string_view) {
    if (told->exchange(true)) return true;
    post([weak, told] {
      told->store(false);
      if (const auto self = weak.lock()) self->on_more();
    });
    return true;
  };
  follow_ = api_.call(std::move(request),
                      [self = shared_from_this()](const util::Result<Answer>& result) { self->on_follow_end(result); });
}

void LogPasses::over() {
  if (!done_ || is_over_) return;
  is_over_ = true;
  api_.cancel(follow_);
  if (!is_passing_) pass();
}

void LogPasses::on_more() {
  is_more_ = true;
  inspect_pause_ = first_pause;
  if (is_due_ || is_passing_ || is_over_ || !done_) return;
  is_due_ = true;
  api_.after(pause_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->pass();
  });
}

void LogPasses::on_follow_end(const util::Result<Answer>& result) {
  if (!done_) return;
  if (!result.ok()) return finish(result.error());
  if (result->status == 404) return finish({});
  if (!result->ok()) return finish(result->error());
  if (!is_over_) inspect();
}

void LogPasses::inspect() {
  if (!done_ || is_over_) return;
  Request request;
  request.path = "/containers/" + util::percent_encode(container_) + "/json";
  api_.call(std::move(request),
            [self = shared_from_this()](const util::Result<Answer>& result) { self->on_inspected(result); });
}

void LogPasses::on_inspected(const util::Result<Answer>& result) {
  if (!done_ || is_over_) return;
  if (!result.ok()) return finish(result.error());
  if (result->status == 404) return over();
  const auto container = result->ok() ? result->json() : util::Result<data::Node>(result->error());
  if (!container.ok()) return finish(container.error());
  const auto word = json::text(*container, {"State", "Status"});
  if (!goes_on(word)) return over();
  // A strong reference, because no call holds one meanwhile.
  api_.after(inspect_pause_, [self = shared_from_this(), is_paused = word == "paused"] {
    if (!self->done_ || self->is_over_) return;
    is_paused ? self->inspect() : self->begin();
  });
  inspect_pause_ = std::min(2 * inspect_pause_, longest_inspect_pause);
}

void LogPasses::pass() {
  if (!done_ || is_passing_) return;
  is_passing_ = true;
  is_due_ = is_more_ = false;
  begun_ = std::chrono::steady_clock::now();
  auto reading = std::make_shared<Pass>(false, sink_, position_);
  auto frames = std::make_shared<LogFrames>(
      [reading](LogFrames::Stream stream, std::string_view bytes) { return reading->take(stream, bytes); });
  auto request = logs_of(container_, false);
  request.on_data = [frames](std::string_view bytes) { return frames->feed(bytes); };
  const auto call = api_.call(std::move(request), [self = shared_from_this(), reading, frames,
                                                   was_last = is_over_](const util::Result<Answer>& result) {
    if (was_last && !frames->stopped() && is_less(reading->seen(), self->position_)) reading->doubt_whole();
    self->on_pass_end(reading->seen(), frames->stopped(), outcome_of(*frames, result), was_last);
  });
  stop_pass_ = [this, reading, call] {
    api_.cancel(call);
    reading->close();
  };
}

void LogPasses::on_pass_end(const LogPosition& seen, bool stopped, util::Status outcome, bool was_last) {
  if (!done_) return;
  is_passing_ = false;
  // The followed stream may have lost the bytes that would have shown that there is more.
  is_more_ = is_more_ || seen.out > position_.out || seen.error > position_.error;
  position_ = {std::max(position_.out, seen.out), std::max(position_.error, seen.error)};
  if (!outcome.ok() || stopped || was_last) return finish(std::move(outcome));
  if (is_over_) return pass();
  const auto took = std::chrono::steady_clock::now() - begun_;
  pause_ = std::max(first_pause, std::chrono::duration_cast<std::chrono::milliseconds>(share_of_rest * took));
  if (is_more_) on_more();
}

/// After an error the caller reads the whole log again. So a pass that is under way must no longer write to the sink.
void LogPasses::finish(util::Status status) {
  api_.cancel(follow_);
  if (stop_pass_) std::exchange(stop_pass_, nullptr)();
  std::exchange(done_, nullptr)(std::move(status));
}

std::weak_ptr<LogReader> read_logs(Api& api, const Facts& facts, std::string container, bool has_ended,
                                   std::shared_ptr<executor::LogSink> sink, util::Callback<void> done) {
  if (!loses_followed_lines(facts.kind)) {
    auto reading = std::make_shared<LogReading>(api, std::move(container), loses_newlines(facts), std::move(sink),
                                                std::move(done));
    has_ended ? reading->begin_after_end() : reading->begin();
    return reading;
  }
  auto passes = std::make_shared<LogPasses>(api, std::move(container), std::move(sink), std::move(done));
  has_ended ? passes->over() : passes->begin();
  return passes;
}

}  // namespace docker
