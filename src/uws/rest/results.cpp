// …/results/{id}: stored results, and logs and ports of a job that runs (U7, U8).
#include <algorithm>

#include "http/negotiate.h"
#include "http/problem.h"
#include "util/text.h"
#include "uws/rest/job_tree.h"
#include "uws/rest/stored_content.h"

namespace uws::rest {
namespace {

using util::Error;
using util::ErrorCode;

/// A log that is followed to its end.
class FollowedLog : public http::LiveBody {
 public:
  explicit FollowedLog(std::shared_ptr<ResultSource> source, std::uint64_t offset)
      : source_(std::move(source)), offset_(offset) {}

  Piece pull(std::size_t capacity) override {
    const bool ended = source_->ended();  // before reading: what is read then is all
    Piece piece;
    piece.bytes.resize(capacity);
    const auto count = source_->read(offset_, piece.bytes.data(), capacity);
    piece.bytes.resize(count.ok() ? *count : 0);
    offset_ += piece.bytes.size();
    piece.failed = !count.ok();
    piece.ended = ended && piece.bytes.empty();
    return piece;
  }

  void on_more(std::function<void()> wake) override { listening_ = source_->on_growth(std::move(wake)); }

 private:
  std::shared_ptr<ResultSource> source_;
  std::uint64_t offset_;
  std::shared_ptr<void> listening_;
};

/// The bytes of a log from `offset` up to what was there when it was asked for.
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
  return Error::of(ErrorCode::invalid_argument,
                   util::Fault{"follow", "'" + util::shown(*follow) + "' says neither yes nor no", "true or false"});
}

http::Response growing_log(const http::Request& request, const LiveResult& result) {
  const auto follow = wants_to_follow(request);
  if (!follow.ok()) return http::problem(request, follow.error());
  const std::string media_type = served_type(result.media_type);
  http::Response response;
  response.headers.set("Content-Type", media_type);
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Accept-Ranges", "bytes");
  protect(response, media_type, result.id);
  if (*follow) {
    response.live = std::make_shared<FollowedLog>(result.bytes, 0);
    return response;
  }
  const std::uint64_t size = result.bytes->size();
  // Range means something for GET only (RFC 9110 section 14.2).
  const http::RangeAnswer answer = request.method == http::Method::get
                                       ? http::range_of(request, size, std::nullopt)
                                       : http::RangeAnswer{http::RangeOutcome::whole, {0, size}};
  if (answer.outcome == http::RangeOutcome::unsatisfiable) {
    // Nothing beyond yet: whoever goes on from here asks again.
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

void JobTree::show_result(const RequestPtr& request, const http::Reply& reply, bool look_again) {
  const std::string& id = request->path_values.at("result");
  const auto show = [this, request, reply, look_again, id](util::Result<Job> job) {
    if (!job.ok()) return reply.send(*request, job.error());
    const JobView view = view_of(*request, std::move(job).value());
    if (const LiveResult* live = view.live_result(id)) {
      return reply.send(live->bytes ? growing_log(*request, *live) : http::Response::see_other(live->href));
    }
    const auto& results = view.job().results;
    if (!results.empty()) {
      return reply.send(stored_content(*request, bytes_, stored(results.front(), view.job().end_time)));
    }
    // Its end was committed, and its logs left the view, after its row was read.
    const bool has_run = view.job().phase == Phase::executing || view.job().phase == Phase::suspended;
    if (look_again && has_run && !view.is_live()) {
      return show_result(request, reply, false);
    }
    const std::string when =
        is_ended(view.job().phase) ? "" : " yet: its phase is " + std::string(to_string(view.job().phase));
    reply.send(*request, Error::of(ErrorCode::not_found, "this job has no result '" + util::shown(id) + "'" + when));
  };
  service_.get_with_result(job_id(*request), caller_of(*request), id, show);
}

}  // namespace uws::rest
