#include "service.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "apps/pages.h"
#include "executor/executor.h"
#include "http/metrics_page.h"
#include "http/router.h"
#include "http/server.h"
#include "identity/authenticator.h"
#include "ledger/ledger.h"
#include "net/client.h"
#include "planner/accepts.h"
#include "planner/ask_route.h"
#include "planner/job_list_service.h"
#include "planner/planner.h"
#include "planner/type_pages.h"
#include "registry/registries.h"
#include "store/blob_listing.h"
#include "store/blob_store.h"
#include "store/database.h"
#include "store/leadership.h"
#include "store/lock_file.h"
#include "task/planner_request.h"
#include "util/log.h"
#include "util/metrics.h"
#include "uws/core/blob_sweep.h"
#include "uws/core/job_service.h"
#include "uws/core/stored_bytes.h"
#include "uws/rest/events.h"
#include "uws/rest/job_tree.h"
#include "uws/rest/openapi.h"
#include "uws/rest/vosi.h"

namespace {

std::vector<store::Migration> all_migrations() {
  std::vector<store::Migration> all;
  for (const auto& room : {uws::migrations(), ledger::migrations(), executor::migrations()}) {
    all.insert(all.end(), room.begin(), room.end());
  }
  return all;
}

/// The securityMethods of the capabilities (SSO 2.0 section 2.1); "" is access without authentication.
std::vector<std::string> security_methods(const identity::Options& options) {
  const auto any = [&](auto has) { return std::any_of(options.users.begin(), options.users.end(), has); };
  std::vector<std::string> methods;
  if (options.anonymous != identity::AnonymousMode::off) methods.emplace_back();
  if (any([](const identity::User& user) { return !user.password_hash.empty(); })) {
    methods.emplace_back("ivo://ivoa.net/sso#BasicAA");
  }
  if (!options.issuers.empty() || any([](const identity::User& user) { return !user.token_hashes.empty(); })) {
    methods.emplace_back("ivo://ivoa.net/sso#OAuth");
  }
  const bool proxy_takes_certificates = !options.proxy.user_header.empty() && options.proxy.distinguished_names;
  const bool is_told_so = std::any_of(options.challenges.begin(), options.challenges.end(),
                                      [](const auto& challenge) { return challenge.scheme == "ivoa_x509"; });
  if (proxy_takes_certificates || is_told_so) methods.emplace_back("ivo://ivoa.net/sso#tls-with-certificate");
  return methods;
}

/// Adds to an error of opening the port why this service does not lead: the leader may have the port.
util::Error with_leader(util::Error error, const store::LeadershipStatus& status) {
  if (!status.why.empty()) error.message += "; " + status.why + ": " + status.detail;
  return error;
}

/// Fetches the keys of issuers. The operator chose their URLs, so private addresses are allowed. Redirects are not
/// followed.
identity::Fetch fetch_with(net::Client& client) {
  return [&client](const std::string& url, const util::Callback<std::string>& done) {
    net::Call call;
    call.url = url;
    call.headers = {{"Accept", "application/json"}};
    call.timeout = std::chrono::seconds(10);
    call.max_response_bytes = 1U << 20U;
    client.start(std::move(call), [done](util::Result<net::Response> response) {
      if (!response.ok()) return done(std::move(response).error());
      if (response->status == 200) return done(std::move(response->body));
      done(util::Error::of(util::ErrorCode::unavailable, "the answer's status is " + std::to_string(response->status)));
    });
  };
}

/// A job list over HTTP: /jobs, or an application's.
struct JobListTree {
  std::unique_ptr<uws::JobService> own_jobs;  // null for /jobs
  std::unique_ptr<uws::rest::JobTree> tree;
  std::unique_ptr<uws::rest::Vosi> vosi;  // the VOSI resources in the same folder as the list
};

bool has_document(const task::Application& application, std::string_view path) {
  return std::any_of(application.documents.begin(), application.documents.end(),
                     [&](const task::StaticDocument& document) { return document.path == path; });
}

uws::rest::JobTreeOptions tree_options_of(const task::Application& application) {
  using uws::rest::ResponseFormat;
  const bool has_format = application.declaration("RESPONSEFORMAT") != nullptr;
  return {.path = application.path,
          .sync_by_get = application.sync_by_get,
          .sync_answers_bytes = application.sync_answers_bytes,
          .errors = application.errors_are_votables ? uws::rest::ErrorForm::votable : uws::rest::ErrorForm::text,
          .names = {.response_format = has_format ? ResponseFormat::of_task : ResponseFormat::of_answer}};
}

uws::rest::VosiOptions vosi_options_of(const task::Application& application) {
  return {.folder = application.folder(),
          .lists = {application.path},
          .availability = !has_document(application, "availability"),
          .capabilities = !has_document(application, "capabilities")};
}

void show_phases(const std::map<uws::Phase, std::int64_t>& counts) {
  for (const uws::Phase phase :
       {uws::Phase::pending, uws::Phase::queued, uws::Phase::executing, uws::Phase::completed, uws::Phase::error,
        uws::Phase::aborted, uws::Phase::unknown, uws::Phase::held, uws::Phase::suspended, uws::Phase::archived}) {
    const auto found = counts.find(phase);
    util::metrics()
        .gauge("docker_uws_jobs", "Jobs by phase.", {{"phase", std::string(uws::to_string(phase))}})
        .set(found == counts.end() ? 0 : found->second);
  }
}

/// Counting jobs by phase reads the whole job table. So there are at least `shortest_pause` between two counts, and at
/// least `pause_over_work` times as long as the last count took.
http::RefreshMetrics phase_counter(uws::JobService& jobs) {
  using Clock = std::chrono::steady_clock;
  struct State {
    std::mutex mutex;
    Clock::time_point not_before;
  };
  static constexpr auto shortest_pause = std::chrono::seconds(5);
  static constexpr int pause_over_work = 20;
  return [&jobs, state = std::make_shared<State>()](std::function<void()> done) {
    const auto began = Clock::now();
    {
      const std::lock_guard lock(state->mutex);
      if (began < state->not_before) return done();
      state->not_before = began + shortest_pause;
    }
    jobs.count_by_phase(
        [state, began, done = std::move(done)](const util::Result<std::map<uws::Phase, std::int64_t>>& counts) {
          if (counts.ok()) show_phases(*counts);
          {
            const std::lock_guard lock(state->mutex);
            const auto now = Clock::now();
            state->not_before = std::max(state->not_before, now + pause_over_work * (now - began));
          }
          done();
        });
  };
}

/// The planner, what it needs, and its HTTP routes.
struct PlannerRooms {
  planner::Options options;
  std::unique_ptr<planner::OwnService> own;
  std::unique_ptr<planner::Planner> planner;
  std::unique_ptr<planner::Accepts> accepts;
  std::unique_ptr<planner::AskRoute> ask;
  std::unique_ptr<planner::TypePages> types;
};

/// The registries of the configuration: those with a login, and as trusted hosts those of the allowed images.
registry::Options registry_options(const Settings& settings) {
  registry::Options options;
  options.logins = settings.planner.registries;
  for (const auto& engine : settings.engines) {
    for (task::RegistryLogin& login : engine->registry_logins()) options.logins.push_back(std::move(login));
  }
  const auto trust = [&](const std::vector<std::string>& patterns) {
    for (const std::string& pattern : patterns) {
      const std::string name = pattern.substr(0, pattern.find('*'));
      if (const auto image = task::ImageReference::parse(name + (pattern.ends_with("*") ? "x" : "")); image.ok()) {
        options.trusted_hosts.insert(image->registry);
      }
    }
  };
  trust(settings.policy.images);
  for (const planner::Platform& platform : settings.planner.platforms) {
    for (const planner::Acceptance& acceptance : platform.accepts) {
      if (acceptance.image) trust(acceptance.image->allow);
    }
  }
  return options;
}

/// When no engine pulls images, registries are not asked: an image that no engine has cannot run. A service without
/// engines asks them, because it plans for other platforms.
executor::AskRegistry ask_registries(const Settings& settings, const registry::Registries& registries) {
  const auto& engines = settings.engines;
  const bool pulls = engines.empty() || std::any_of(engines.begin(), engines.end(),
                                                    [](const auto& engine) { return engine->pulls_images(); });
  return [&registries, pulls](const task::ImageReference& image, util::Callback<executor::ImageFacts> done) {
    if (pulls) return registries.find(image, std::move(done));
    done(util::Error::of(util::ErrorCode::not_found, "no engine has " + image.to_string() + ", and none pulls images"));
  };
}

}  // namespace

/// Members are destroyed from the last to the first, so each may use those above it.
struct Service::Rooms {
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Leadership> leadership;
  std::unique_ptr<store::LockFile> blob_lock;
  std::unique_ptr<store::BlobStore> blobs;
  std::unique_ptr<uws::StoredBytes> bytes;
  net::Client client;
  /// For the planner's requests to registries and other planners, so that these never delay requests to the engines.
  net::Client lookups{{.all = 256, .per_host = 64}};
  std::unique_ptr<registry::Registries> registries;
  std::unique_ptr<executor::Executor> executor;
  std::unique_ptr<uws::JobService> jobs;
  std::unique_ptr<uws::BlobSweep> sweep;
  std::unique_ptr<http::Authenticator> authenticator;
  uws::rest::EventStreams streams;
  std::vector<JobListTree> lists;
  std::unique_ptr<apps::Pages> pages;
  PlannerRooms planner;
  http::Router router;
  std::unique_ptr<http::Server> server;
  std::shared_ptr<std::atomic<bool>> beat = std::make_shared<std::atomic<bool>>(true);

  void add_list(const Settings& settings, uws::JobService& service, JobListTree list,
                uws::rest::JobTreeOptions tree_options, uws::rest::VosiOptions vosi_options);
  void add_lists(const Settings& settings);
  void add_planner(const Settings& settings);
  void sweep_blobs(const std::string& folder);
};

void Service::Rooms::add_list(const Settings& settings, uws::JobService& service, JobListTree list,
                              uws::rest::JobTreeOptions tree_options, uws::rest::VosiOptions vosi_options) {
  tree_options.wait_cap = settings.jobs.wait_cap;
  tree_options.max_upload_bytes = settings.http.max_upload_bytes;
  list.tree = std::make_unique<uws::rest::JobTree>(service, *bytes, *executor, streams, std::move(tree_options));
  list.tree->add_routes(router);
  vosi_options.security_methods = security_methods(settings.identity);
  list.vosi = std::make_unique<uws::rest::Vosi>(*executor, std::move(vosi_options));
  list.vosi->add_routes(router);
  lists.push_back(std::move(list));
}

void Service::Rooms::add_lists(const Settings& settings) {
  const task::Applications& applications = executor->admission().applications();
  std::vector<std::string> paths;
  // A service without engines only plans for other platforms, so its capabilities do not name /jobs.
  if (!settings.engines.empty()) paths.emplace_back("/jobs");
  for (const task::Application& application : applications) paths.push_back(application.path);
  add_list(settings, *jobs, {}, {.path = "/jobs", .names = {.is_value_part = &task::is_planner_name}},
           {.lists = paths,
            .others = {{"/accepts", "ExecutionPlanner: says whether a task can be run, and where"}},
            .record = settings.voresource});
  for (const task::Application& application : applications) {
    JobListTree list{jobs->for_list(application.name, executor->acceptor_of(application)), nullptr, nullptr};
    uws::JobService& own_jobs = *list.own_jobs;
    add_list(settings, own_jobs, std::move(list), tree_options_of(application), vosi_options_of(application));
  }
  pages = std::make_unique<apps::Pages>(applications);
  pages->add_routes(router);
  uws::rest::add_openapi_routes(router);
}

void Service::Rooms::add_planner(const Settings& settings) {
  planner.options = settings.planner;
  planner.own = std::make_unique<planner::JobListService>(
      executor->admission(), settings.jobs,
      [this](const uws::Owner& owner, util::Callback<void> done) { jobs->check_quota(owner, std::move(done)); },
      [this](const uws::Owner& owner, const ledger::Resources& needs,
             std::function<void(std::optional<std::chrono::seconds>)> done) {
        executor->outlook(owner, needs, std::move(done));
      });
  planner.planner = std::make_unique<planner::Planner>(
      planner.options, *planner.own, [this](const task::ImageReference& image, executor::ImageBook::Found found) {
        executor->images().find(image, std::move(found));
      });
  planner.accepts = std::make_unique<planner::Accepts>(*planner.planner);
  planner.accepts->add_routes(router);
  planner.ask = std::make_unique<planner::AskRoute>(*planner.planner, planner.options, lookups, executor->loop());
  planner.ask->add_routes(router);
  planner.types = std::make_unique<planner::TypePages>(*planner.planner);
  planner.types->add_routes(router);
}

/// Removes blob files whose writers died before their commit. Does nothing if another service used the folder at the
/// start, because that service may still be about to commit such files.
void Service::Rooms::sweep_blobs(const std::string& folder) {
  if (!blob_lock->was_alone()) return;
  auto listing = store::list_blobs(folder, blob_lock->taken_at());
  if (!listing.ok()) return util::log_warning("blobs not swept", {{"error", listing.error().message}});
  sweep = std::make_unique<uws::BlobSweep>(*database, *blobs, std::move(listing).value());
  sweep->start([](std::size_t removed) {
    if (removed > 0) util::log_info("blobs without a job removed", {{"count", removed}});
  });
}

Service::Service() : rooms_(std::make_unique<Rooms>()) {}
Service::~Service() { drain(); }

util::Result<std::unique_ptr<Service>> Service::start(const Settings& settings) {
  std::unique_ptr<Service> service(new Service());
  Rooms& rooms = *service->rooms_;
  ASSIGN_OR_RETURN(rooms.database, store::Database::open(settings.store.database, all_migrations()));
  ASSIGN_OR_RETURN(rooms.blobs, store::open_blob_folder(settings.store.blob_folder));
  const bool is_alone_on_database = rooms.database->dialect() == store::Dialect::sqlite;
  ASSIGN_OR_RETURN(rooms.blob_lock,
                   store::lock_blob_folder(settings.store.blob_folder,
                                           is_alone_on_database ? "" : rooms.database->installation_id()));
  ASSIGN_OR_RETURN(rooms.leadership, store::join_leadership(settings.store.database.url,
                                                            {.may_lead = !settings.engines.empty(),
                                                             .installation = rooms.database->installation_id(),
                                                             .migrations = all_migrations()}));
  rooms.bytes = std::make_unique<uws::StoredBytes>(*rooms.blobs);
  ASSIGN_OR_RETURN(rooms.executor, executor::Executor::create(settings.executor, *rooms.database, *rooms.blobs,
                                                              rooms.client, task::Policy(settings.policy),
                                                              settings.applications, settings.planner.catalogue));
  rooms.registries = std::make_unique<registry::Registries>(registry_options(settings), rooms.lookups,
                                                            rooms.executor->admission().addresses());
  rooms.executor->ask_registries_with(ask_registries(settings, *rooms.registries));
  for (const auto& engine : settings.engines) {
    rooms.executor->add_engine(engine->make({rooms.database->installation_id(), rooms.client, rooms.executor->loop()}));
  }
  rooms.jobs = std::make_unique<uws::JobService>(*rooms.database, *rooms.blobs, settings.jobs,
                                                 rooms.executor->acceptor(), *rooms.executor);
  rooms.executor->attach(rooms.jobs->claims());

  ASSIGN_OR_RETURN(rooms.authenticator, identity::make_authenticator(settings.identity, fetch_with(rooms.client)));
  rooms.add_lists(settings);
  rooms.add_planner(settings);
  http::add_metrics_route(rooms.router, settings.metrics, phase_counter(*rooms.jobs));
  auto server = http::Server::create(settings.http, rooms.router, *rooms.authenticator);
  if (!server.ok()) return with_leader(std::move(server).error(), rooms.leadership->at_first());
  rooms.server = std::move(server).value();

  // The port is open now, so this is not a second process that was started by mistake: it may run jobs.
  rooms.executor->start();
  rooms.leadership->start([&rooms](const store::LeadershipStatus& status) { rooms.executor->set_leadership(status); });
  rooms.jobs->start();
  rooms.sweep_blobs(settings.store.blob_folder);
  RETURN_IF_ERROR(rooms.server->start());
  return service;
}

bool Service::is_alive() {
  if (!rooms_->beat->exchange(false)) return false;
  rooms_->executor->loop().post([beat = rooms_->beat] { *beat = true; });
  return true;
}

std::uint16_t Service::port() const { return rooms_->server->port(); }

void Service::drain() {
  Rooms& rooms = *rooms_;
  if (rooms.server) rooms.server->drain([&] { rooms.jobs->stop(); });
  if (rooms.jobs) rooms.jobs->stop();
  if (rooms.sweep) rooms.sweep->stop();
  rooms.streams.stop();
  if (rooms.executor)
    rooms.executor->stop();  // before the clients: a request that they cut off would look like an engine's failure
  rooms.client.stop();
  rooms.lookups.stop();
  if (rooms.database) rooms.database->stop();
  if (rooms.leadership) rooms.leadership->stop();  // after the last commit, so that the next leader sees it
}
