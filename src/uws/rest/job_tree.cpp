#include "uws/rest/job_tree.h"

#include <algorithm>
#include <mutex>

#include "http/negotiate.h"
#include "util/metrics.h"
#include "util/text.h"
#include "uws/rest/answers.h"
#include "uws/rest/documents.h"
#include "uws/rest/intake.h"
#include "uws/rest/stored_content.h"
#include "uws/rest/view.h"

namespace uws::rest {
namespace {

using http::Method;
using util::Error;
using util::ErrorCode;

std::vector<std::string_view> values(const http::Request& request, std::string_view name) {
  std::vector<std::string_view> found;
  for (const auto& [key, value] : request.query) {
    if (util::iequals(key, name)) found.emplace_back(value);
  }
  return found;
}

util::Result<ListQuery> read_list_query(const http::Request& request) {
  ListQuery query;
  query.caller = request.identity.user;
  for (const std::string_view word : values(request, "PHASE")) {
    ASSIGN_OR_RETURN(const Phase phase, read_phase(word));
    query.phases.push_back(phase);
  }
  for (const std::string_view text : values(request, "AFTER")) {
    auto after = util::parse_instant(text);
    if (!after.ok()) {
      return Error::of(
          ErrorCode::invalid_argument,
          util::Fault{"AFTER", "'" + util::shown(text) + "' is not an instant", "2026-11-20T22:50:53.120Z"});
    }
    query.after = std::max(query.after.value_or(*after), *after);
  }
  for (const std::string_view text : values(request, "LAST")) {
    ASSIGN_OR_RETURN(const std::int64_t count, read_last(text));
    query.last = std::min(query.last.value_or(count), count);
  }
  return query;
}

/// The one value of that name; several different ones are a fault.
util::Result<std::optional<std::string_view>> single(const http::Request& request, std::string_view name) {
  std::optional<std::string_view> found;
  for (const std::string_view value : values(request, name)) {
    if (found && !util::iequals(*found, value)) {
      return Error::of(
          ErrorCode::invalid_argument,
          util::Fault{std::string(name), "'" + util::shown(value) + "' contradicts '" + util::shown(*found) + "'",
                      "one value"});
    }
    found = value;
  }
  return found;
}

struct WaitQuery {
  std::optional<std::int64_t> seconds;  // -1: until a change
  std::optional<Phase> phase;
};

util::Result<WaitQuery> read_wait_query(const http::Request& request) {
  WaitQuery query;
  ASSIGN_OR_RETURN(const auto wait, single(request, "WAIT"));
  if (wait) {
    ASSIGN_OR_RETURN(query.seconds, read_wait(*wait));
  }
  ASSIGN_OR_RETURN(const auto phase, single(request, "PHASE"));
  if (phase) {
    ASSIGN_OR_RETURN(query.phase, read_phase(*phase));
  }
  return query;
}

}  // namespace

JobTree::JobTree(JobService& service, StoredBytes& bytes, const LiveView& live, const Health& health,
                 JobTreeOptions options)
    : service_(service), bytes_(bytes), live_(live), health_(health), options_(options) {}

void JobTree::add_routes(http::Router& router) {
  add_reading(router);
  add_changing(router);
  add_sync(router);
}

void JobTree::add_reading(http::Router& router) {
  const auto read = [&](std::string_view pattern, http::Handler handler) {
    router.add(Method::get, pattern, {.handler = std::move(handler)});
  };
  const auto both = [this](Render xml, Render json) {
    return showing([xml, json](const RequestPtr& request, const http::Reply& reply, const JobView& view) {
      const auto as_json = json_wanted(*request);
      if (!as_json.ok()) return reply.send(*request, as_json.error());
      reply.send(document(*as_json, (*as_json ? json : xml)(view)));
    });
  };
  const auto text = [this](std::string (*of)(const JobView&)) {
    return showing(
        [of](const RequestPtr&, const http::Reply& reply, const JobView& view) { reply.send(plain(of(view))); },
        &JobService::get_summary);
  };
  read("/jobs", [this](const RequestPtr& request, const http::Reply& reply) { list(request, reply); });
  read("/jobs/{id}", for_job([this](const RequestPtr& request, const http::Reply& reply) { job(request, reply); }));
  read("/jobs/{id}/phase", text([](const JobView& view) { return std::string(to_string(view.job().phase)); }));
  read("/jobs/{id}/executionduration",
       text([](const JobView& view) { return std::to_string(view.job().execution_duration.count()); }));
  read("/jobs/{id}/destruction", text([](const JobView& view) {
         return view.job().destruction ? util::to_iso(*view.job().destruction) : std::string();
       }));
  read("/jobs/{id}/quote",
       text([](const JobView& view) { return view.quote() ? util::to_iso(*view.quote()) : std::string(); }));
  read("/jobs/{id}/owner", text([](const JobView& view) { return view.job().owner.value_or(""); }));
  read("/jobs/{id}/error", text([](const JobView& view) {
         if (!view.job().error) return std::string();
         const ErrorSummary& error = *view.job().error;
         return error.detail.empty() ? error.message : error.message + "\n\n" + error.detail;
       }));
  read("/jobs/{id}/parameters", both(parameters_xml, parameters_json));
  read("/jobs/{id}/results", both(results_xml, results_json));
  read("/jobs/{id}/parameters/{name}", showing([this](const RequestPtr& request, const http::Reply& reply,
                                                      const JobView& view) { show_parameter(request, reply, view); }));
  read("/jobs/{id}/results/{result}",
       for_job([this](const RequestPtr& request, const http::Reply& reply) { show_result(request, reply, true); }));
  router.add(Method::get, "/availability",
             {.handler = [this](const RequestPtr& request, const http::Reply& reply) { availability(request, reply); },
              .needs_identity = false});
}

JobView JobTree::view_of(const http::Request& request, Job job) const {
  auto live = live_.view(job.id);
  return {std::move(job), std::move(live), jobs_url(request)};
}

/// A handler that reads the job and shows something of it.
http::Handler JobTree::showing(Show show, Get get) {
  return for_job([this, show = std::move(show), get](const RequestPtr& request, const http::Reply& reply) {
    (service_.*get)(job_id(*request), request->identity.user, [this, show, request, reply](util::Result<Job> job) {
      if (!job.ok()) return reply.send(*request, job.error());
      show(request, reply, view_of(*request, std::move(job).value()));
    });
  });
}

void JobTree::list(const RequestPtr& request, const http::Reply& reply) {
  const auto query = read_list_query(*request);
  if (!query.ok()) return reply.send(*request, query.error());
  const auto as_json = json_wanted(*request);
  if (!as_json.ok()) return reply.send(*request, as_json.error());
  service_.list(*query, [request, reply, json = *as_json](util::Result<std::vector<JobReference>> jobs) {
    if (!jobs.ok()) return reply.send(*request, jobs.error());
    reply.send(document(json, (json ? jobs_json : jobs_xml)(*jobs, jobs_url(*request))));
  });
}

void JobTree::job(const RequestPtr& request, const http::Reply& reply) {
  const auto query = read_wait_query(*request);
  if (!query.ok()) return reply.send(*request, query.error());
  const auto as_json = json_wanted(*request);
  if (!as_json.ok()) return reply.send(*request, as_json.error());
  const JobId& id = job_id(*request);
  const Owner& caller = request->identity.user;
  auto done = [this, request, reply, json = *as_json](util::Result<Job> job) {
    if (!job.ok()) return reply.send(*request, job.error());
    show_job(request, reply, view_of(*request, std::move(job).value()), json);
  };
  if (!query->seconds) return service_.get(id, caller, std::move(done));
  const std::int64_t cap = options_.wait_cap.count();
  const std::int64_t seconds = *query->seconds < 0 ? cap : std::min(*query->seconds, cap);
  wait(id, caller, query->phase, std::chrono::seconds{seconds}, reply, std::move(done));
}

void JobTree::wait(const JobId& id, const Owner& caller, std::optional<Phase> phase, std::chrono::milliseconds at_most,
                   const http::Reply& reply, Done<Job> done) {
  // The client's leaving and the answer both let the waiter go; whichever comes first.
  struct Held {
    static util::Level& waiters() {
      static util::Level& level =
          util::metrics().level("docker_uws_waiters", "Requests that wait for a change of phase.");
      return level;
    }
    const util::Counted counted{waiters()};
    std::mutex mutex;
    std::shared_ptr<void> waiter;
    bool over = false;
    void let_go() {
      std::shared_ptr<void> dropped;
      const std::lock_guard lock(mutex);
      over = true;
      dropped.swap(waiter);
    }
  };
  auto held = std::make_shared<Held>();
  auto waiter = service_.wait(id, caller, phase, at_most, [held, done = std::move(done)](util::Result<Job> job) {
    done(std::move(job));
    held->let_go();
  });
  {
    const std::lock_guard lock(held->mutex);
    if (!held->over) held->waiter = std::move(waiter);
  }
  reply.on_client_gone([held] { held->let_go(); });
}

void JobTree::show_job(const RequestPtr& request, const http::Reply& reply, const JobView& view, bool json) const {
  const std::string etag = "W/\"" + view.revision(era_) + (json ? "-json\"" : "-xml\"");
  http::Response response;
  if (http::none_match_holds(*request, etag)) {
    response.status = 304;
    response.headers.set("Vary", "Accept");
    response.headers.set("Cache-Control", "no-cache");
  } else {
    response = document(json, (json ? job_json : job_xml)(view));
  }
  response.headers.set("ETag", etag);
  reply.send(std::move(response));
}

void JobTree::show_parameter(const RequestPtr& request, const http::Reply& reply, const JobView& view) const {
  const std::string& name = request->path_values.at("name");
  std::string together;
  bool found = false;
  for (const Parameter& parameter : view.job().parameters) {
    if (parameter.by_reference && parameter.name == name) {
      return reply.send(stored_content(*request, bytes_, stored(parameter)));
    }
    if (parameter.by_reference || !util::iequals(parameter.name, name)) continue;
    together += (found ? "\n" : "") + parameter.value;
    found = true;
  }
  if (!found) {
    return reply.send(*request,
                      Error::of(ErrorCode::not_found, "this job has no parameter '" + util::shown(name) + "'"));
  }
  reply.send(plain(std::move(together)));
}

void JobTree::availability(const RequestPtr& request, const http::Reply& reply) const {
  const auto json = json_wanted(*request);
  if (!json.ok()) return reply.send(*request, json.error());
  reply.send(document(*json, (*json ? availability_json : availability_xml)(health_.report(), up_since_)));
}

}  // namespace uws::rest
