// What changes jobs: creation, control parameters, task parameters, destruction (U1 to U4, U10, U15).
#include "http/negotiate.h"
#include "util/log.h"
#include "util/text.h"
#include "util/trace.h"
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

/// What they ask for beside the task.
Creation asked_for(const Caller& caller, const Wishes& wishes) {
  Creation asked;
  asked.owner = caller;
  asked.run_id = wishes.run_id;
  asked.execution_duration = wishes.execution_duration;
  asked.destruction = wishes.destruction;
  asked.shared_with = wishes.share.value_or(std::nullopt);
  return asked;
}

}  // namespace

void JobTree::add_changing(http::Router& router) {
  const auto post = [&](std::string_view below, http::Handler handler) {
    router.add(Method::post, paths_.jobs + std::string(below), {.handler = std::move(handler), .body = BodyKind::form});
  };
  const auto post_with_uploads = [&](std::string_view below, http::Handler handler, bool creates = false) {
    router.add(Method::post, paths_.jobs + std::string(below),
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
  router.add(Method::put, paths_.jobs + "/{id}/parameters/{name}",
             {.handler = for_job(
                  [this](const RequestPtr& request, const http::Reply& reply) { put_parameter(request, reply); }),
              .body = BodyKind::value,
              .make_sink = upload_sinks(bytes_, options_.max_upload_bytes)});
  router.add(
      Method::delete_, paths_.jobs + "/{id}",
      {.handler = for_job([this](const RequestPtr& request, const http::Reply& reply) { destroy(request, reply); })});
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): the router has taken the handlers over

void JobTree::create(const RequestPtr& request, const http::Reply& reply, bool sync) {
  auto wishes = read_wishes(*request, Place::list, options_.names, bytes_);
  if (!wishes.ok()) return reply.send(*request, wishes.error());
  Creation creation = asked_for(caller_of(*request), *wishes);
  creation.given = std::move(wishes->given);
  creation.run = sync || wishes->phase == PhaseWish::run;
  service_.create(std::move(creation), [this, request, reply, sync](util::Result<Job> job) {
    if (!job.ok()) return reply.send(*request, job.error());
    note_origin(*request, job->id, "job created");
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
  auto wishes = read_wishes(*request, place, options_.names, bytes_);
  if (!wishes.ok()) return reply.send(*request, wishes.error());
  if (wishes->destroy) return destroy(request, reply);
  if (wishes->are_several()) {
    const auto fine = service_.judge(asked_for(caller_of(*request), *wishes));
    if (!fine.ok()) return reply.send(*request, fine.error());
  }
  apply(request, reply, std::make_shared<Wishes>(std::move(wishes).value()));
}

/// Grants the wishes one after the other, in the order in which they build on each other; the first refusal ends it.
void JobTree::apply(const RequestPtr& request, const http::Reply& reply, const std::shared_ptr<Wishes>& wishes) {
  const JobId& id = job_id(*request);
  const Caller caller = caller_of(*request);
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
  } else if (wishes->share) {
    service_.set_shared_with(id, caller, *std::exchange(wishes->share, std::nullopt), next);
  } else if (wishes->phase) {
    switch (*std::exchange(wishes->phase, std::nullopt)) {
      case PhaseWish::run:
        note_origin(*request, id, "RUN asked for");
        return service_.run(id, caller, next);
      case PhaseWish::hold:
        note_origin(*request, id, "HELD asked for");
        return service_.hold(id, caller, next);
      case PhaseWish::abort:
        note_origin(*request, id, "ABORT asked for");
        return service_.abort(id, caller, next);
    }
  } else {
    service_.get(id, caller, [this, request, reply](const util::Result<Job>& job) {
      if (!job.ok()) return reply.send(*request, job.error());
      reply.send(http::Response::see_other(job_url(*request, job->id)));
    });
  }
}

void JobTree::put_parameter(const RequestPtr& request, const http::Reply& reply) {
  const std::string& name = request->path_values.at("name");
  if (is_control(name, options_.names.response_format)) {
    return reply.send(*request,
                      Error::of(ErrorCode::invalid_argument,
                                util::Fault{util::shown(name), "is no parameter of the task", "its own resource"}));
  }
  if (const auto fine = check_parameter_name(name); !fine.ok()) return reply.send(*request, fine.error());
  service_.get(job_id(*request), caller_of(*request), [this, request, reply](const util::Result<Job>& present) {
    if (!present.ok()) return reply.send(*request, present.error());
    auto given = read_value(*request, *present, request->path_values.at("name"), bytes_);
    if (!given.ok()) return reply.send(*request, given.error());
    service_.set_parameters(job_id(*request), caller_of(*request), std::move(given).value(),
                            [this, request, reply](const util::Result<Job>& job) {
                              if (!job.ok()) return reply.send(*request, job.error());
                              reply.send(http::Response::see_other(job_url(*request, job->id)));
                            });
  });
}

void JobTree::destroy(const RequestPtr& request, const http::Reply& reply) {
  service_.destroy(job_id(*request), caller_of(*request), [this, request, reply](const util::Status& destroyed) {
    if (!destroyed.ok()) return reply.send(*request, destroyed.error());
    reply.send(http::Response::see_other(jobs_url(*request)));
  });
}

}  // namespace uws::rest
