#include "uws/rest/job_tree.h"

#include <algorithm>
#include <mutex>

#include "http/negotiate.h"
#include "util/metrics.h"
#include "util/text.h"
#include "uws/rest/documents.h"
#include "uws/rest/query_names.h"
#include "uws/rest/request_reader.h"
#include "uws/rest/stored_content.h"
#include "uws/rest/view.h"

namespace uws::rest {
namespace {

using http::Method;
using util::Error;
using util::ErrorCode;

/// The value of that name in the query. Fails if there are several different ones.
util::Result<std::optional<std::string_view>> single(const http::Request& request, std::string_view name) {
  std::optional<std::string_view> found;
  for (const std::string_view value : query_values(request, name)) {
    if (found && !util::iequals(*found, value)) {
      return Error::of(ErrorCode::invalid_argument,
                       util::Fault{std::string(name),
                                   "'" + util::for_display(value) + "' contradicts '" + util::for_display(*found) + "'",
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

JobTree::JobTree(JobService& service, StoredBytes& bytes, const LiveView& live, EventStreams& streams,
                 JobTreeOptions options)
    : service_(service),
      bytes_(bytes),
      live_(live),
      streams_(streams),
      options_(std::move(options)),
      paths_(options_.path) {}

std::string JobTree::job_url(const http::Request& request, std::string_view id) const {
  return jobs_url(request) + "/" + std::string(id);
}

std::string JobTree::sync_url(const http::Request& request, std::string_view id) const {
  return request.base_url + paths_.sync + "/" + std::string(id);
}

void JobTree::add_routes(http::Router& router) {
  add_reading(router);
  add_changing(router);
  add_sync(router);
}

void JobTree::add_reading(http::Router& router) {
  const auto read = [&](std::string_view below, http::Handler handler) {
    router.add(Method::get, paths_.jobs + std::string(below), {.handler = std::move(handler)});
  };
  const auto both = [this](Render xml, Render json) {
    return showing([xml, json](const RequestPtr& request, const http::Reply& reply, const JobView& view) {
      const auto as_json = json_wanted(*request);
      if (!as_json.ok()) return reply.send(*request, as_json.error());
      reply.send(document(*as_json, (*as_json ? json : xml)(view)));
    });
  };
  const auto text = [this](std::string (*of)(const JobView&), Get get = &JobService::get_summary) {
    return showing(
        [of](const RequestPtr&, const http::Reply& reply, const JobView& view) { reply.send(plain(of(view))); }, get);
  };
  read("", [this](const RequestPtr& request, const http::Reply& reply) { list(request, reply); });
  read("/{id}", for_job([this](const RequestPtr& request, const http::Reply& reply) { job(request, reply); }));
  read("/{id}/phase", text([](const JobView& view) { return std::string(to_string(view.job().phase)); }));
  read("/{id}/executionduration",
       text([](const JobView& view) { return std::to_string(view.job().execution_duration.count()); }));
  read("/{id}/destruction", text([](const JobView& view) {
         return view.job().destruction ? util::to_iso(*view.job().destruction) : std::string();
       }));
  read("/{id}/quote", text(
                          [](const JobView& view) {
                            const auto quote = view.quote();
                            return quote ? util::to_iso(*quote) : std::string();
                          },
                          &JobService::get));
  read("/{id}/owner", text([](const JobView& view) { return view.job().owner.value_or(""); }));
  read("/{id}/error", showing([this](const RequestPtr& request, const http::Reply& reply,
                                     const JobView& view) { show_error(request, reply, view); },
                              &JobService::get_summary));
  read("/{id}/parameters", both(parameters_xml, parameters_json));
  read("/{id}/results", both(results_xml, results_json));
  read("/{id}/parameters/{name}", showing([this](const RequestPtr& request, const http::Reply& reply,
                                                 const JobView& view) { show_parameter(request, reply, view); }));
  read("/{id}/results/{result}",
       for_job([this](const RequestPtr& request, const http::Reply& reply) { show_result(request, reply); }));
}

JobView JobTree::view_of(const http::Request& request, Job job) const {
  return {std::move(job), live_, jobs_url(request)};
}

/// A handler that reads the job with `get` and passes it to `show`.
http::Handler JobTree::showing(Show show, Get get) {
  return for_job([this, show = std::move(show), get](const RequestPtr& request, const http::Reply& reply) {
    (service_.*get)(job_id(*request), caller_of(*request), [this, show, request, reply](util::Result<Job> job) {
      if (!job.ok()) return reply.send(*request, job.error());
      show(request, reply, view_of(*request, std::move(job).value()));
    });
  });
}

void JobTree::job(const RequestPtr& request, const http::Reply& reply) {
  static const std::vector<std::string_view> names{"WAIT", "PHASE", "RESPONSEFORMAT"};
  if (const auto fine = check_query_names(*request, names); !fine.ok()) return reply.send(*request, fine.error());
  if (http::wants_events(*request)) return job_events(request, reply);
  const auto query = read_wait_query(*request);
  if (!query.ok()) return reply.send(*request, query.error());
  const auto as_json = json_wanted(*request);
  if (!as_json.ok()) return reply.send(*request, as_json.error());
  const JobId& id = job_id(*request);
  const Caller caller = caller_of(*request);
  auto done = [this, request, reply, json = *as_json](util::Result<Job> job) {
    if (!job.ok()) return reply.send(*request, job.error());
    show_job(request, reply, view_of(*request, std::move(job).value()), json);
  };
  if (!query->seconds) return service_.get(id, caller, std::move(done));
  const std::int64_t cap = options_.wait_cap.count();
  const std::int64_t seconds = *query->seconds < 0 ? cap : std::min(*query->seconds, cap);
  wait(id, caller, query->phase, std::chrono::seconds{seconds}, reply, std::move(done));
}

void JobTree::wait(const JobId& id, const Caller& caller, std::optional<Phase> phase, std::chrono::milliseconds at_most,
                   const http::Reply& reply, util::Callback<Job> done, WaitIn in) {
  // The waiter is dropped when the client disconnects or is answered, whichever comes first.
  struct HeldRequest {
    static util::Gauge& waiters() {
      static util::Gauge& gauge =
          util::metrics().gauge("docker_uws_waiters", "Requests that wait for a change of phase.");
      return gauge;
    }
    const util::GaugeIncrement counted{waiters()};
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
  auto held = std::make_shared<HeldRequest>();
  auto waiter = service_.wait(
      id, caller, phase, at_most,
      [held, done = std::move(done)](util::Result<Job> job) {
        done(std::move(job));
        held->let_go();
      },
      in);
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

void JobTree::show_error(const RequestPtr& request, const http::Reply& reply, const JobView& view) const {
  const auto& error = view.job().error;
  if (!error) {
    const std::string phase(to_string(view.job().phase));
    return reply.send(*request, Error::of(ErrorCode::not_found, "this job has no error: its phase is " + phase));
  }
  reply.send(options_.errors == ErrorForm::votable ? votable_error(200, whole_text(*error))
                                                   : plain(whole_text(*error)));
}

void JobTree::show_parameter(const RequestPtr& request, const http::Reply& reply, const JobView& view) const {
  const std::string& name = request->path_values.at("name");
  const auto& parameters = view.job().parameters;
  if (const Parameter* upload = find_upload(parameters, name)) {
    return reply.send(stored_content(*request, bytes_, stored(*upload)));
  }
  std::string together;
  bool found = false;
  for (const Parameter& parameter : parameters) {
    if (parameter.by_reference || !util::iequals(parameter.name, name)) continue;
    together += (found ? "\n" : "") + parameter.value;
    found = true;
  }
  if (!found) {
    return reply.send(*request,
                      Error::of(ErrorCode::not_found, "this job has no parameter '" + util::for_display(name) + "'"));
  }
  reply.send(plain(std::move(together)));
}

}  // namespace uws::rest
