// JobTree: …/sync, which creates a job, runs it, waits, and answers with the result or a redirect to it (UWS 1.1
// section 5, U9).
#include <algorithm>

#include "util/text.h"
#include "uws/rest/job_tree.h"
#include "uws/rest/stored_content.h"

namespace uws::rest {
namespace {

using util::Error;
using util::ErrorCode;

/// The error response that DALI requires for a job without a result: a status, and the error as text. The status is 400
/// if the same job would fail again, else 500. It is never 503, as this job has ended, even if another may succeed.
Error error_of(const Job& job) {
  if (job.phase == Phase::archived) return Error::of(ErrorCode::not_found, "this job's results are deleted");
  if (!job.error) return Error::of(ErrorCode::invalid_argument, "the job was aborted");
  return Error::of(job.error->fatal ? ErrorCode::invalid_argument : ErrorCode::internal, whole_text(*job.error));
}

}  // namespace

http::Route JobTree::sync_route(http::Handler handler) const {
  http::Route route{.handler = std::move(handler)};
  if (options_.errors == ErrorForm::votable) route.problem_form = &votable_error;
  route.takes_response_format = options_.names.response_format == ResponseFormat::of_answer;
  return route;
}

void JobTree::add_sync(http::Router& router) {
  http::Route post = sync_route(
      [this](const RequestPtr& request, const http::Reply& reply) { create(request, reply, /*sync=*/true); });
  post.body = http::BodyKind::form;
  post.creates = true;
  post.make_sink = upload_sinks(bytes_, options_.max_upload_bytes);
  router.add(http::Method::post, paths_.sync, std::move(post));
  if (options_.sync_by_get) {
    http::Route get =
        sync_route([this](const RequestPtr& request, const http::Reply& reply) { sync_by_get(request, reply); });
    get.creates = true;
    get.answers_head = false;
    router.add(http::Method::get, paths_.sync, std::move(get));
  }
  router.add(http::Method::get, paths_.sync + "/{id}",
             sync_route(for_job([this](const RequestPtr& request, const http::Reply& reply) {
               hold_sync(request, reply, std::chrono::steady_clock::now() + options_.wait_cap, std::nullopt);
             })));
}

/// Refuses requests with credentials that a browser adds by itself: a page of another site could make the browser send
/// such a GET and so create a job.
void JobTree::sync_by_get(const RequestPtr& request, const http::Reply& reply) {
  const std::string_view credentials = request->headers.get("Authorization").value_or("");
  const bool by_token = util::iequals(credentials.substr(0, 7), "Bearer ");
  if ((request->identity.user && !by_token) || request->headers.get("Cookie")) {
    return reply.send(*request, Error::of(ErrorCode::forbidden,
                                          util::Fault{"Authorization", "GET makes no job for who is known otherwise",
                                                      "POST; or a bearer token; or no name"}));
  }
  create(request, reply, true);
}

void JobTree::hold_sync(const RequestPtr& request, const http::Reply& reply,
                        std::chrono::steady_clock::time_point until, std::optional<Phase> seen) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
  const JobId& id = job_id(*request);
  wait(
      id, caller_of(*request), seen, std::max(left, milliseconds{0}), reply,
      [this, request, reply, until, seen](util::Result<Job> job) {
        if (!job.ok()) return reply.send(*request, job.error());
        const bool result = job->phase == Phase::completed;
        if (result && options_.sync_answers_bytes) return send_primary(request, reply);
        if (result) return reply.send(http::Response::see_other(job_url(*request, job->id) + "/results/result"));
        if (is_ended(job->phase)) return reply.send(*request, error_of(*job));
        if (!is_waited_in(job->phase) && job->phase != Phase::suspended) {
          return reply.send(*request,
                            Error::of(ErrorCode::unavailable, "this job is " + std::string(to_string(job->phase))));
        }
        // If the phase has not changed, the time is over or the service stops.
        const bool in_time = std::chrono::steady_clock::now() < until;
        if (seen != job->phase && in_time) return hold_sync(request, reply, until, job->phase);
        // These clients follow one redirect only, so the request waits until the job ends.
        if (options_.sync_answers_bytes && !in_time) {
          return hold_sync(request, reply, std::chrono::steady_clock::now() + options_.wait_cap, job->phase);
        }
        reply.send(http::Response::see_other(sync_url(*request, job->id)));
      },
      seen == Phase::suspended ? WaitIn::any_phase : WaitIn::phases_of_uws);
}

void JobTree::send_primary(const RequestPtr& request, const http::Reply& reply) {
  const auto show = [this, request, reply](const util::Result<Job>& job) {
    if (!job.ok()) return reply.send(*request, job.error());
    if (!job->results.empty()) {
      return reply.send(stored_content(*request, bytes_, stored(job->results.front(), job->end_time)));
    }
    reply.send(*request, Error::of(ErrorCode::not_found, "this job has no result 'result'"));
  };
  service_.get_with_result(job_id(*request), caller_of(*request), "result", show);
}

}  // namespace uws::rest
