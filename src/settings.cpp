#include "settings.h"

#include <algorithm>

#include "net/url.h"

namespace {

void read_log(config::Reader& root, config::Faults& faults, Settings& settings) {
  config::Reader reader(root.section("log"), faults);
  std::string level = "info";
  std::string format = "text";
  std::string requests = "failed";
  reader.take_word("level", level, {"debug", "info", "warning", "error"});
  reader.take_word("format", format, {"text", "json"});
  reader.take_word("requests", requests, {"failed", "all"});
  reader.done();
  settings.http.log_requests = requests == "all";
  settings.log_level = level == "debug"     ? util::LogLevel::debug
                       : level == "warning" ? util::LogLevel::warning
                       : level == "error"   ? util::LogLevel::error
                                            : util::LogLevel::info;
  settings.log_format = format == "json" ? util::LogFormat::json : util::LogFormat::text;
}

/// What would be an open door to other machines.
void check_exposure(const config::Section& root, const Settings& settings, config::Faults& faults) {
  if (net::is_loopback(settings.http.address)) return;
  const auto place = [&](std::string_view section, std::string_view key) { return root.child(section).child(key); };
  if (settings.policy.any_image && settings.identity.anonymous != identity::AnonymousMode::off) {
    faults.push_back(place("images", "open")
                         .fault("other machines could run any image here without a name",
                                "open: false; or anonymous: off in identity; or address: 127.0.0.1 in http"));
  }
  const auto& users = settings.identity.users;
  const bool secrets =
      !settings.identity.issuers.empty() || std::any_of(users.begin(), users.end(), [](const identity::User& user) {
        return !user.password_hash.empty() || !user.token_hashes.empty();
      });
  if (secrets && settings.http.trusted_proxies.empty()) {
    faults.push_back(
        place("http", "address")
            .fault("passwords and tokens would cross the network as plain text",
                   "address: 127.0.0.1 with a TLS proxy in front; or the proxy's address in trusted_proxies"));
  }
}

}  // namespace

Settings read_settings(const config::File& file, config::Faults& faults) {
  Settings settings;
  config::Reader root(file.section(), faults);
  settings.http = http::read_server_options(root, faults);
  read_log(root, faults, settings);
  settings.identity = identity::read_options(root, faults);
  settings.metrics = http::read_metrics_options(root, faults);
  settings.store = store::read_options(root, faults);
  settings.policy = task::read_policy(root, faults);
  settings.applications = task::read_applications(root, task::Policy(settings.policy), faults);
  settings.jobs = uws::read_options(root, faults);
  settings.jobs.anonymous_jobs_are_listed = settings.identity.anonymous == identity::AnonymousMode::shared;
  settings.voresource = uws::rest::read_resource_record(root, faults);
  settings.executor = executor::read_options(root, faults);
  settings.planner = planner::read_options(root, faults);
  for (const config::Section& engine : root.section("engines").items()) {
    settings.engines.push_back(docker::read_options(engine, faults));
  }
  if (settings.engines.empty() && settings.runs_tasks()) {
    root.fault("engines", "is empty: nothing could run", "at least one engine; or a planner alone, with runs: []");
  }
  root.done();
  check_exposure(file.section(), settings, faults);
  std::stable_sort(faults.begin(), faults.end(),
                   [](const config::Fault& a, const config::Fault& b) { return a.line < b.line; });
  return settings;
}
