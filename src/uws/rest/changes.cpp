// What changes jobs: creation, control parameters, task parameters, destruction (U1 to U4, U10, U15).
#include "http/negotiate.h"
#include "util/log.h"
#include "util/text.h"
#include "util/trace.h"
#include "uws/rest/answers.h"
#include "uws/rest/documents.h"
#include "uws/rest/job_tree.h"

namespace uws::rest {
namespace {

using http::BodyKind;
using http::Method;
using util::Error;
using util::ErrorCode;

/// So that what is done for the job later can be laid to this request.
void note_origin(const http::Request& request, const JobId& job, std::string_view what) {
  util::traces().note(job, request.trace);
  util::log_info(what, {{"job", job},
                        {"request", request.id},
                        {"trace", request.trace ? request.trace->id : std::string()},
                        {"owner", request.identity.user.value_or("")}});
}

}  // namespace

void JobTree::add_changing(http::Router& router) {
  const auto post = [&](std::string_view pattern, http::Handler handler) {
    router.add(Method::post, pattern, {.handler = std::move(handler), .body = BodyKind::form});
  };
  const auto post_with_uploads = [&](std::string_view pattern, http::Handler handler, bool creates = false) {
    router.add(Method::post, pattern,
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
      "/jobs", [this](const RequestPtr& request, const http::Reply& reply) { create(request, reply, false); }, true);
  post_with_uploads("/jobs/{id}", changing(Place::job));
  post_with_uploads("/jobs/{id}/parameters", changing(Place::parameters));
  post("/jobs/{id}/phase", changing(Place::phase));
  post("/jobs/{id}/executionduration", changing(Place::execution_duration));
  post("/jobs/{id}/destruction", changing(Place::destruction));
  router.add(Method::put, "/jobs/{id}/parameters/{name}",
             {.handler = for_job(
                  [this](const RequestPtr& request, const http::Reply& reply) { put_parameter(request, reply); }),
              .body = BodyKind::value,
              .make_sink = upload_sinks(bytes_, options_.max_upload_bytes)});
  router.add(
      Method::delete_, "/jobs/{id}",
      {.handler = for_job([this](const RequestPtr& request, const http::Reply& reply) { destroy(request, reply); })});
}

void JobTree::create(const RequestPtr& request, const http::Reply& reply, bool sync) {
  auto wishes = read_wishes(*request, Place::list, bytes_);
  if (!wishes.ok()) return reply.send(*request, wishes.error());
  Creation creation;
  creation.owner = request->identity.user;
  creation.run_id = std::move(wishes->run_id);
  creation.execution_duration = wishes->execution_duration;
  creation.destruction = wishes->destruction;
  creation.given = std::move(wishes->given);
  creation.run = sync || wishes->phase == PhaseWish::run;
  service_.create(std::move(creation), [this, request, reply, sync](util::Result<Job> job) {
    if (!job.ok()) return reply.send(*request, job.error());
    note_origin(*request, job->id, "job created");
    if (sync) return reply.send(http::Response::see_other(request->base_url + "/sync/" + job->id));
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
  auto wishes = read_wishes(*request, place, bytes_);
  if (!wishes.ok()) return reply.send(*request, wishes.error());
  if (wishes->destroy) return destroy(request, reply);
  apply(request, reply, std::make_shared<Wishes>(std::move(wishes).value()));
}

/// Grants the wishes one after the other, in the order in which they build on each other; the first refusal ends it.
void JobTree::apply(const RequestPtr& request, const http::Reply& reply, const std::shared_ptr<Wishes>& wishes) {
  const JobId& id = job_id(*request);
  const Owner& caller = request->identity.user;
  auto next = [this, request, reply, wishes](const util::Result<Job>& job) {
    if (!job.ok()) return reply.send(*request, job.error());
    apply(request, reply, wishes);
  };
  if (wishes->gives_parameters()) {
    service_.set_parameters(id, caller, std::exchange(wishes->given, {}), next);
  } else if (wishes->run_id) {
    service_.set_run_id(id, caller, *std::exchange(wishes->run_id, std::nullopt), next);
  } else if (wishes->execution_duration) {
    service_.set_execution_duration(id, caller, *std::exchange(wishes->execution_duration, std::nullopt), next);
  } else if (wishes->destruction) {
    service_.set_destruction(id, caller, *std::exchange(wishes->destruction, std::nullopt), next);
  } else if (wishes->phase) {
    const PhaseWish wish = *std::exchange(wishes->phase, std::nullopt);
    note_origin(*request, id, wish == PhaseWish::run ? "RUN asked for" : "ABORT asked for");
    wish == PhaseWish::run ? service_.run(id, caller, next) : service_.abort(id, caller, next);
  } else {
    service_.get(id, caller, [request, reply](const util::Result<Job>& job) {
      if (!job.ok()) return reply.send(*request, job.error());
      reply.send(http::Response::see_other(job_url(*request, job->id)));
    });
  }
}

void JobTree::put_parameter(const RequestPtr& request, const http::Reply& reply) {
  const std::string& name = request->path_values.at("name");
  if (is_control_parameter(name)) {
    return reply.send(*request,
                      Error::of(ErrorCode::invalid_argument,
                                util::Fault{util::shown(name), "is no parameter of the task", "its own resource"}));
  }
  if (const auto fine = check_parameter_name(name); !fine.ok()) return reply.send(*request, fine.error());
  service_.get(job_id(*request), request->identity.user, [this, request, reply](const util::Result<Job>& present) {
    if (!present.ok()) return reply.send(*request, present.error());
    auto given = read_value(*request, *present, request->path_values.at("name"), bytes_);
    if (!given.ok()) return reply.send(*request, given.error());
    service_.set_parameters(job_id(*request), request->identity.user, std::move(given).value(),
                            [request, reply](const util::Result<Job>& job) {
                              if (!job.ok()) return reply.send(*request, job.error());
                              reply.send(http::Response::see_other(job_url(*request, job->id)));
                            });
  });
}

void JobTree::destroy(const RequestPtr& request, const http::Reply& reply) {
  service_.destroy(job_id(*request), request->identity.user, [request, reply](const util::Status& destroyed) {
    if (!destroyed.ok()) return reply.send(*request, destroyed.error());
    reply.send(http::Response::see_other(jobs_url(*request)));
  });
}

}  // namespace uws::rest
