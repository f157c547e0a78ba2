// JobTree: …/results/{id}, which serves stored results, and logs and ports of a running job (U7, U8).
#include <algorithm>
#include <atomic>
#include <mutex>

#include "http/negotiate.h"
#include "http/problem.h"
#include "util/text.h"
#include "uws/rest/job_tree.h"
#include "uws/rest/query_names.h"
#include "uws/rest/stored_content.h"

namespace uws::rest {
namespace {

using util::Error;
using util::ErrorCode;

/// A log that is sent until its end. It fails as soon as the client may not read the job any more.
class FollowedLog : public http::LiveBody, public std::enable_shared_from_this<FollowedLog> {
 public:
  explicit FollowedLog(std::shared_ptr<ResultSource> source) : source_(std::move(source)) {}

  /// Watches the client's access to the job. To be called once, before the first pull().
  void guard(JobService& service, const JobId& id, const Caller& caller) {
    const auto look = [&service, id, caller, weak = weak_from_this()] {
      service.get_summary(id, caller, [weak](const util::Result<Job>& job) {
        const auto self = weak.lock();
        if (self && !job.ok()) self->cut();
      });
    };
    guard_ = service.watch(id, {[look](const JobId&) { look(); }, look, [] {}});
    look();  // checks once, as changes before watch() give no notice
  }

  Piece pull(std::size_t capacity) override {
    Piece piece;
    if (is_cut_) {
      piece.failed = true;
      return piece;
    }
    const bool ended = source_->ended();  // asked before reading, so that the last bytes are not missed
    piece.bytes.resize(capacity);
    const auto count = source_->read(offset_, piece.bytes.data(), capacity);
    piece.bytes.resize(count.ok() ? *count : 0);
    offset_ += piece.bytes.size();
    piece.failed = !count.ok();
    piece.ended = ended && piece.bytes.empty();
    return piece;
  }

  void on_more(std::function<void()> wake) override {
    {
      const std::lock_guard lock(mutex_);
      wake_ = wake;
    }
    listening_ = source_->on_growth(std::move(wake));
  }

 private:
  void cut() {
    is_cut_ = true;
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      wake = wake_;
    }
    if (wake) wake();
  }

  std::shared_ptr<ResultSource> source_;
  std::uint64_t offset_ = 0;
  std::shared_ptr<void> listening_;
  std::atomic<bool> is_cut_{false};
  std::mutex mutex_;
  std::function<void()> wake_;
  std::shared_ptr<void> guard_;
};

/// A range of a growing log, up to the size that the log had at the request.
class LogSoFar : public util::ByteSource {
 public:
  LogSoFar(std::shared_ptr<ResultSource> source, std::uint64_t offset, std::uint64_t length)
      : source_(std::move(source)), offset_(offset), length_(length), left_(length) {}

  std::uint64_t size() const override { return length_; }
  util::Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    ASSIGN_OR_RETURN(const std::size_t count, source_->read(offset_, buffer, std::min<std::uint64_t>(capacity, left_)));
    offset_ += count;
    left_ -= count;
    return count;
  }

 private:
  std::shared_ptr<ResultSource> source_;
  std::uint64_t offset_;
  std::uint64_t length_;
  std::uint64_t left_;
};

util::Result<bool> wants_to_follow(const http::Request& request) {
  const auto follow = request.query_value("follow");
  if (!follow || util::iequals(*follow, "false")) return false;
  if (util::iequals(*follow, "true")) return true;
  return Error::of(
      ErrorCode::invalid_argument,
      util::Fault{"follow", "'" + util::for_display(*follow) + "' says neither yes nor no", "true or false"});
}

http::Response growing_log(const http::Request& request, const LiveResult& result,
                           std::shared_ptr<FollowedLog> followed) {
  const std::string media_type = served_type(result.media_type);
  http::Response response;
  response.headers.set("Content-Type", media_type);
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Accept-Ranges", "bytes");
  protect(response, media_type, result.id);
  if (followed) {
    response.live = std::move(followed);
    return response;
  }
  const std::uint64_t size = result.bytes->size();
  // Range applies to GET only (RFC 9110 section 14.2).
  const http::RangeAnswer answer = request.method == http::Method::get
                                       ? http::range_of(request, size, std::nullopt)
                                       : http::RangeAnswer{http::RangeOutcome::whole, {0, size}};
  if (answer.outcome == http::RangeOutcome::unsatisfiable) {
    // The log has no bytes there yet. A client that reads on from this offset will ask again.
    const std::string there = "there are " + std::to_string(size) + " bytes so far";
    response = http::problem(request, Error::of(ErrorCode::invalid_argument, there), 416);
    response.headers.set("Content-Range", "bytes */" + std::to_string(size));
    return response;
  }
  const bool part = answer.outcome == http::RangeOutcome::part;
  const auto [offset, length] = answer.range;
  if (part) {
    response.status = 206;
    response.headers.set("Content-Range", "bytes " + std::to_string(offset) + "-" +
                                              std::to_string(offset + length - 1) + "/" + std::to_string(size));
  }
  response.source = std::make_shared<LogSoFar>(result.bytes, offset, length);
  return response;
}

}  // namespace

void JobTree::show_result(const RequestPtr& request, const http::Reply& reply) {
  if (const auto fine = check_query_names(*request, {"follow"}); !fine.ok()) return reply.send(*request, fine.error());
  const auto follow = wants_to_follow(*request);
  if (!follow.ok()) return reply.send(*request, follow.error());
  show_result(request, reply, ResultAccess{.follow = *follow});
}

void JobTree::show_result(const RequestPtr& request, const http::Reply& reply, ResultAccess look) {
  const std::string& id = request->path_values.at("result");
  const auto show = [this, request, reply, look, id](util::Result<Job> job) {
    if (!job.ok()) return reply.send(*request, job.error());
    const JobView view = view_of(*request, std::move(job).value());
    if (const LiveResult* live = view.live_result(id)) return show_live_result(request, reply, *live, look.follow);
    const auto& results = view.job().results;
    if (!results.empty()) {
      return reply.send(stored_content(*request, bytes_, stored(results.front(), view.job().end_time)));
    }
    const Phase phase = view.job().phase;
    if (look.follow && phase == Phase::queued) return await_start(request, reply, look);
    // The job ended, and its live state was removed, after its row was read: read the job again.
    const bool has_run = phase == Phase::executing || phase == Phase::suspended;
    if (!look.again && has_run && !view.is_live()) {
      ResultAccess next = look;
      next.again = true;
      return show_result(request, reply, next);
    }
    if (has_run && view.is_elsewhere()) {
      return reply.send(*request,
                        Error::busy("what the job has written so far is told by the service that runs it, and "
                                    "this one does not; here it is when the job has ended",
                                    std::chrono::seconds(5)));
    }
    const std::string when = is_ended(phase) ? "" : " yet: its phase is " + std::string(to_string(phase));
    reply.send(*request,
               Error::of(ErrorCode::not_found, "this job has no result '" + util::for_display(id) + "'" + when));
  };
  service_.get_with_result(job_id(*request), caller_of(*request), id, show);
}

void JobTree::show_live_result(const RequestPtr& request, const http::Reply& reply, const LiveResult& result,
                               bool follow) {
  if (!result.bytes) return reply.send(http::Response::see_other(result.href));
  std::shared_ptr<FollowedLog> followed;
  if (follow) {
    followed = std::make_shared<FollowedLog>(result.bytes);
    followed->guard(service_, job_id(*request), caller_of(*request));
  }
  reply.send(growing_log(*request, result, std::move(followed)));
}

/// For the log of a queued job with follow=true: waits until the job starts, then answers. After the longest wait the
/// answer is a redirect to the same URL.
void JobTree::await_start(const RequestPtr& request, const http::Reply& reply, ResultAccess look) {
  if (look.waited) {
    const std::string result = util::percent_encode(request->path_values.at("result"));
    return reply.send(
        http::Response::see_other(job_url(*request, job_id(*request)) + "/results/" + result + "?follow=true"));
  }
  look.waited = true;
  wait(job_id(*request), caller_of(*request), Phase::queued, options_.wait_cap, reply,
       [this, request, reply, look](const util::Result<Job>& job) {
         if (!job.ok()) return reply.send(*request, job.error());
         show_result(request, reply, look);
       });
}

}  // namespace uws::rest
