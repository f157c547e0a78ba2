// /sync: one request that creates, runs, waits and leads to the result (UWS 1.1 section 5, U9).
#include <algorithm>

#include "uws/rest/answers.h"
#include "uws/rest/job_tree.h"

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
  const std::string text = error.detail.empty() ? error.message : error.message + "\n\n" + error.detail;
  return Error::of(error.fatal ? ErrorCode::internal : ErrorCode::unavailable, text);
}

}  // namespace

void JobTree::add_sync(http::Router& router) {
  router.add(http::Method::post, "/sync",
             {.handler = [this](const RequestPtr& request, const http::Reply& reply) { create(request, reply, true); },
              .body = http::BodyKind::form,
              .creates = true,
              .make_sink = upload_sinks(bytes_, options_.max_upload_bytes)});
  router.add(http::Method::get, "/sync/{id}",
             {.handler = for_job([this](const RequestPtr& request, const http::Reply& reply) {
                hold_sync(request, reply, std::chrono::steady_clock::now() + options_.wait_cap, std::nullopt);
              })});
}

void JobTree::hold_sync(const RequestPtr& request, const http::Reply& reply,
                        std::chrono::steady_clock::time_point until, std::optional<Phase> seen) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
  const JobId& id = job_id(*request);
  wait(id, request->identity.user, seen, std::max(left, milliseconds{0}), reply,
       [this, request, reply, until, seen](util::Result<Job> job) {
         if (!job.ok()) return reply.send(*request, job.error());
         const bool result = job->phase == Phase::completed;
         if (result) return reply.send(http::Response::see_other(job_url(*request, job->id) + "/results/result"));
         if (is_ended(job->phase)) return reply.send(*request, error_of(*job));
         if (!is_waited_in(job->phase)) {
           return reply.send(*request,
                             Error::of(ErrorCode::unavailable, "this job is " + std::string(to_string(job->phase))));
         }
         // An answer without a change: the time is over, or the service stops.
         const bool changed = seen != job->phase && std::chrono::steady_clock::now() < until;
         if (changed) return hold_sync(request, reply, until, job->phase);
         reply.send(http::Response::see_other(request->base_url + "/sync/" + job->id));
       });
}

}  // namespace uws::rest
