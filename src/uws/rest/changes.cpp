// JobTree: requests that change jobs: creation, control parameters, task parameters, destruction (U1 to U4, U10, U15).
#include "http/content.h"
#include "http/negotiate.h"
#include "util/log.h"
#include "util/text.h"
#include "util/trace.h"
#include "uws/rest/documents.h"
#include "uws/rest/job_tree.h"
#include "uws/rest/stored_content.h"

namespace uws::rest {
namespace {

using http::BodyKind;
using http::Method;
using util::Error;
using util::ErrorCode;

/// Logs the request, and notes its trace, so that later work for the job can be traced back to it.
void note_origin(const http::Request& request, const JobId& job, std::string_view what,
                 const std::optional<std::string>& run_id = std::nullopt) {
  util::traces().note(job, request.trace);
  util::log_info(what, {{"job", job},
                        {"runid", util::for_display(run_id.value_or(""), 200)},
                        {"request", request.id},
                        {"trace", request.trace ? request.trace->id : std::string()},
                        {"owner", request.identity.user.value_or("")}});
}

std::string_view name_of(PhaseAction wish) {
  if (wish == PhaseAction::run) return "RUN asked for";
  return wish == PhaseAction::hold ? "HELD asked for" : "ABORT asked for";
}

Changes changes_of(ControlParameters controls) {
  Changes changes;
  if (controls.gives_parameters()) changes.given = std::move(controls.given);
  changes.run_id = std::move(controls.run_id);
  changes.execution_duration = controls.execution_duration;
  changes.destruction = controls.destruction;
  changes.shared_with = std::move(controls.share);
  changes.phase = controls.phase;
  return changes;
}

}  // namespace

void JobTree::add_changing(http::Router& router) {
  const auto add = [&](Method method, std::string_view below, http::Route route) {
    route.takes_response_format = options_.names.response_format == ResponseFormat::of_answer;
    router.add(method, paths_.jobs + std::string(below), std::move(route));
  };
  const auto post = [&](std::string_view below, http::Handler handler) {
    add(Method::post, below, {.handler = std::move(handler), .body = BodyKind::form});
  };
  const auto post_with_uploads = [&](std::string_view below, http::Handler handler, bool creates = false) {
    add(Method::post, below,
        {.handler = std::move(handler),
         .body = BodyKind::form,
         .creates = creates,
         .make_sink = upload_sinks(bytes_, options_.max_upload_bytes)});
  };
  const auto changing = [this](Place place) {
    return for_job(
        [this, place](const RequestPtr& request, const http::Reply& reply) { change(request, reply, place); });
  };
  post_with_uploads(
      "", [this](const RequestPtr& request, const http::Reply& reply) { create(request, reply, false); }, true);
  post_with_uploads("/{id}", changing(Place::job));
  post_with_uploads("/{id}/parameters", changing(Place::parameters));
  post("/{id}/phase", changing(Place::phase));
  post("/{id}/executionduration", changing(Place::execution_duration));
  post("/{id}/destruction", changing(Place::destruction));
  add(Method::put, "/{id}/parameters/{name}",
      {.handler =
           for_job([this](const RequestPtr& request, const http::Reply& reply) { put_parameter(request, reply); }),
       .body = BodyKind::value,
       .make_sink = upload_sinks(bytes_, options_.max_upload_bytes)});
  add(Method::delete_, "/{id}",
      {.handler = for_job([this](const RequestPtr& request, const http::Reply& reply) { destroy(request, reply); })});
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): the router has taken the handlers over

void JobTree::create(const RequestPtr& request, const http::Reply& reply, bool sync) {
  auto controls = read_controls(*request, Place::list, options_.names, bytes_);
  if (!controls.ok()) return reply.send(*request, controls.error());
  Creation creation;
  creation.owner = caller_of(*request);
  creation.run_id = std::move(controls->run_id);
  creation.execution_duration = controls->execution_duration;
  creation.destruction = controls->destruction;
  creation.shared_with = controls->share.value_or(std::nullopt);
  creation.given = std::move(controls->given);
  creation.run = sync || controls->phase == PhaseAction::run;
  service_.create(std::move(creation), [this, request, reply, sync](util::Result<Job> job) {
    if (!job.ok()) return reply.send(*request, job.error());
    note_origin(*request, job->id, "job created", job->run_id);
    if (sync) return reply.send(http::Response::see_other(sync_url(*request, job->id)));
    http::Response response = http::Response::see_other(job_url(*request, job->id));
    if (http::wants_json(*request)) {
      response.headers.set("Content-Type", "application/json");
      response.headers.set("Vary", "Accept");
      response.body = job_json(view_of(*request, std::move(job).value()));
    }
    reply.send(std::move(response));
  });
}

void JobTree::change(const RequestPtr& request, const http::Reply& reply, Place place) {
  auto controls = read_controls(*request, place, options_.names, bytes_);
  if (!controls.ok()) return reply.send(*request, controls.error());
  if (controls->destroy) return destroy(request, reply);
  if (controls->phase) note_origin(*request, job_id(*request), name_of(*controls->phase));
  apply(request, reply, changes_of(std::move(controls).value()));
}

void JobTree::apply(const RequestPtr& request, const http::Reply& reply, Changes changes) {
  const bool is_abort = changes.phase == PhaseAction::abort;
  service_.change(job_id(*request), caller_of(*request), std::move(changes),
                  [this, request, reply, is_abort](const util::Result<Job>& job) {
                    if (!job.ok()) return reply.send(*request, job.error());
                    const auto hold = is_abort ? options_.abort_hold : std::chrono::milliseconds{0};
                    answer_change(request, reply, std::chrono::steady_clock::now() + hold, *job);
                  });
}

/// Answers a change that was made with 303. For an abort, waits until `until` for the end of the job, so that a client
/// that follows the 303 sees ABORTED if the engine is quick enough.
void JobTree::answer_change(const RequestPtr& request, const http::Reply& reply,
                            std::chrono::steady_clock::time_point until, const Job& seen) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
  const bool is_waited_for = !is_ended(seen.phase) && left > milliseconds{0};
  if (!is_waited_for) return reply.send(http::Response::see_other(job_url(*request, seen.id)));
  wait(
      seen.id, caller_of(*request), seen.phase, left, reply,
      [this, request, reply, until, seen](const util::Result<Job>& job) {
        const bool has_changed = job.ok() && job->phase != seen.phase;
        if (has_changed) return answer_change(request, reply, until, *job);
        // The job was destroyed, the time is over, or the service stops.
        reply.send(http::Response::see_other(job_url(*request, seen.id)));
      },
      WaitIn::any_phase);
}

void JobTree::put_parameter(const RequestPtr& request, const http::Reply& reply) {
  const std::string& name = request->path_values.at("name");
  if (is_control(name, options_.names.response_format)) {
    return reply.send(
        *request, Error::of(ErrorCode::invalid_argument,
                            util::Fault{util::for_display(name), "is no parameter of the task", "its own resource"}));
  }
  if (const auto fine = check_parameter_name(name); !fine.ok()) return reply.send(*request, fine.error());
  service_.get(job_id(*request), caller_of(*request), [this, request, reply](const util::Result<Job>& present) {
    if (!present.ok()) return reply.send(*request, present.error());
    const bool is_conditional = request->headers.get("If-Match") || request->headers.get("If-None-Match");
    const Parameter* upload = find_upload(present->parameters, request->path_values.at("name"));
    const std::string etag = upload == nullptr ? "" : etag_of(stored(*upload));
    if (http::is_another(*request, etag, std::nullopt) ||
        (upload != nullptr && http::none_match_holds(*request, etag))) {
      return reply.send(http::another_version(*request, etag));
    }
    auto given = read_value(*request, *present, request->path_values.at("name"), bytes_);
    if (!given.ok()) return reply.send(*request, given.error());
    Changes changes{.given = std::move(given).value()};
    if (is_conditional) changes.version = present->version;
    apply(request, reply, std::move(changes));
  });
}

void JobTree::destroy(const RequestPtr& request, const http::Reply& reply) {
  service_.destroy(job_id(*request), caller_of(*request), [this, request, reply](const util::Status& destroyed) {
    if (!destroyed.ok()) return reply.send(*request, destroyed.error());
    reply.send(http::Response::see_other(jobs_url(*request)));
  });
}

}  // namespace uws::rest
