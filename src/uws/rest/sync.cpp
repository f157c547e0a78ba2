// …/sync: one request that creates, runs, waits and leads to the result (UWS 1.1 section 5, U9).
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

/// What DALI wants of a job that gave no result: a status, and the error as text.
Error error_of(const Job& job) {
  if (job.phase == Phase::archived) return Error::of(ErrorCode::not_found, "this job's results are deleted");
  if (job.phase == Phase::aborted) {
    return Error::of(ErrorCode::internal, job.error ? job.error->message : "the job was aborted");
  }
  const ErrorSummary error = job.error.value_or(ErrorSummary{});
  return Error::of(error.fatal ? ErrorCode::internal : ErrorCode::unavailable, whole_text(error));
}

}  // namespace

void JobTree::add_sync(http::Router& router) {
  router.add(http::Method::post, paths_.sync,
             {.handler = [this](const RequestPtr& request, const http::Reply& reply) { create(request, reply, true); },
              .body = http::BodyKind::form,
              .creates = true,
              .make_sink = upload_sinks(bytes_, options_.max_upload_bytes)});
  if (options_.sync_by_get) {
    router.add(http::Method::get, paths_.sync, {.handler = [this](const RequestPtr& request, const http::Reply& reply) {
                 sync_by_get(request, reply);
               }});
  }
  router.add(http::Method::get, paths_.sync + "/{id}",
             {.handler = for_job([this](const RequestPtr& request, const http::Reply& reply) {
                hold_sync(request, reply, std::chrono::steady_clock::now() + options_.wait_cap, std::nullopt);
              })});
}

void JobTree::refuse(const RequestPtr& request, const http::Reply& reply, const Error& error) const {
  http::Response response = http::problem(*request, error);
  if (options_.errors == ErrorForm::text || http::wants_json(*request)) return reply.send(std::move(response));
  const auto votable = votable_error(response.status, response.body);
  response.body = votable.body;
  response.headers.set("Content-Type", std::string(votable.headers.get("Content-Type").value()));
  reply.send(std::move(response));
}

/// What a browser sends by itself, wherever a page of somebody's leads it, makes no job.
void JobTree::sync_by_get(const RequestPtr& request, const http::Reply& reply) {
  if (request->method != http::Method::get) {
    http::Response refusal =
        http::problem(*request, Error::of(ErrorCode::method_not_allowed, "only GET and POST make a job"));
    refusal.headers.set("Allow", "GET, POST, OPTIONS");
    return reply.send(std::move(refusal));
  }
  const std::string_view credentials = request->headers.get("Authorization").value_or("");
  const bool by_token = util::iequals(credentials.substr(0, 7), "Bearer ");
  if ((request->identity.user && !by_token) || request->headers.get("Cookie")) {
    return refuse(
        request, reply,
        Error::of(ErrorCode::forbidden, util::Fault{"Authorization", "GET makes no job for who is known otherwise",
                                                    "POST; or a bearer token; or no name"}));
  }
  create(request, reply, true);
}

void JobTree::hold_sync(const RequestPtr& request, const http::Reply& reply,
                        std::chrono::steady_clock::time_point until, std::optional<Phase> seen) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
  const JobId& id = job_id(*request);
  wait(id, caller_of(*request), seen, std::max(left, milliseconds{0}), reply,
       [this, request, reply, until, seen](util::Result<Job> job) {
         if (!job.ok()) return refuse(request, reply, job.error());
         const bool result = job->phase == Phase::completed;
         if (result && options_.sync_answers_bytes) return send_primary(request, reply);
         if (result) return reply.send(http::Response::see_other(job_url(*request, job->id) + "/results/result"));
         if (is_ended(job->phase)) return refuse(request, reply, error_of(*job));
         if (!is_waited_in(job->phase)) {
           return refuse(request, reply,
                         Error::of(ErrorCode::unavailable, "this job is " + std::string(to_string(job->phase))));
         }
         // An answer without a change: the time is over, or the service stops.
         const bool in_time = std::chrono::steady_clock::now() < until;
         if (seen != job->phase && in_time) return hold_sync(request, reply, until, job->phase);
         // Its clients follow one redirect: they are held for as long as it takes.
         if (options_.sync_answers_bytes && !in_time) {
           return hold_sync(request, reply, std::chrono::steady_clock::now() + options_.wait_cap, job->phase);
         }
         reply.send(http::Response::see_other(sync_url(*request, job->id)));
       });
}

void JobTree::send_primary(const RequestPtr& request, const http::Reply& reply) {
  const auto show = [this, request, reply](const util::Result<Job>& job) {
    if (!job.ok()) return refuse(request, reply, job.error());
    if (!job->results.empty()) {
      return reply.send(stored_content(*request, bytes_, stored(job->results.front(), job->end_time)));
    }
    refuse(request, reply, Error::of(ErrorCode::not_found, "this job has no result 'result'"));
  };
  service_.get_with_result(job_id(*request), caller_of(*request), "result", show);
}

}  // namespace uws::rest
