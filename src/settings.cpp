#include "settings.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "docker/engine.h"
#include "net/url.h"
#include "store/url.h"
#include "task/image_pattern.h"

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

/// Adds a fault for each setting that would let other machines run images without authentication, or send passwords
/// and tokens unencrypted.
void check_exposure(const config::Section& root, const Settings& settings, config::Faults& faults) {
  const bool is_for_this_machine = net::is_loopback(settings.http.address) && settings.http.trusted_proxies.empty();
  if (is_for_this_machine) return;
  const auto place = [&](std::string_view section, std::string_view key) { return root.child(section).child(key); };
  if (settings.policy.any_image && settings.identity.anonymous != identity::AnonymousMode::off) {
    faults.push_back(
        place("images", "open")
            .fault(
                "other machines could run any image here without a name",
                "open: false; or anonymous: off in identity; or address: 127.0.0.1 in http, and no trusted_proxies"));
  }
  const auto& images = settings.policy.images;
  const auto open = std::find_if(images.begin(), images.end(), task::is_open_to_publishers);
  if (open != images.end() && settings.identity.anonymous != identity::AnonymousMode::off) {
    faults.push_back(
        place("images", "allow")
            .fault("'" + *open + "' lets in what anybody publishes: other machines could run it here without a name",
                   "images by name, or of a publisher, such as docker.io/astro/*; or anonymous: off in identity"));
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

/// Collects the configured paths at which nothing exists, or something of another kind than expected.
class MissingPlaces {
 public:
  explicit MissingPlaces(const config::Section& root) : root_(root) {}

  void add(const config::Section& place, const std::string& path, mode_t kind, const std::string& accepted) {
    struct stat there {};
    if (::stat(path.c_str(), &there) == 0) {
      if (kind != any_kind && (there.st_mode & S_IFMT) != kind) note(place, path, "is something else", accepted);
    } else if (errno == ENOENT || errno == ENOTDIR) {
      note(place, path, "is not there", accepted);
    } else {
      note(place, path, "cannot be looked at by this user", accepted);
    }
  }
  config::Section section(std::string_view name, std::string_view key) const { return root_.child(name).child(key); }
  std::vector<config::Section> items(std::string_view name) const { return root_.child(name).items(); }
  config::Faults take() { return std::move(found_); }

  static constexpr mode_t any_kind = 0;

 private:
  void note(const config::Section& place, const std::string& path, const std::string& what, std::string accepted) {
    found_.push_back(place.fault("'" + path + "' " + what, std::move(accepted)));
  }

  const config::Section root_;
  config::Faults found_;
};

/// Reads an engine of one of the kinds that there are.
std::shared_ptr<const executor::ConfiguredEngine> read_engine(const config::Section& section, config::Faults& faults) {
  static const std::map<std::string, executor::ReadEngine> kinds{{"docker", docker::read_engine},
                                                                 {"podman", docker::read_engine}};
  std::vector<std::string_view> words;
  words.reserve(kinds.size());
  for (const auto& [word, read] : kinds) words.emplace_back(word);
  std::string kind = "docker";
  config::Reader(section, faults).take_word("kind", kind, words);
  return kinds.at(kind)(section, executor::engine_keys(), faults);
}

}  // namespace

config::Faults find_missing_places(const config::File& file, const Settings& settings) {
  MissingPlaces missing(file.section());
  constexpr auto made = "a folder; it is made at the start, if this user may";
  if (const auto url = store::parse_database_url(settings.store.database.url);
      url.ok() && url->dialect == store::Dialect::sqlite) {
    const std::string folder = url->path.substr(0, std::max<std::size_t>(url->path.rfind('/'), 1));
    missing.add(missing.section("database", "url"), folder, S_IFDIR, made);
  }
  missing.add(missing.section("blobs", "folder"), settings.store.blob_folder, S_IFDIR, made);
  const std::vector<config::Section> volumes = missing.items("volumes");
  for (std::size_t i = 0; i < settings.policy.volumes.size() && i < volumes.size(); ++i) {
    const std::string& source = settings.policy.volumes[i].source;
    if (!source.starts_with('/')) continue;  // a volume of the engine
    missing.add(volumes[i].child("source"), source, MissingPlaces::any_kind,
                "a folder or a file of the engine's machine");
  }
  const std::vector<config::Section> engines = missing.items("engines");
  for (std::size_t i = 0; i < settings.engines.size() && i < engines.size(); ++i) {
    if (const auto socket = settings.engines[i]->socket()) {
      missing.add(engines[i].child("socket"), *socket, S_IFSOCK,
                  "the socket of an engine; until it is there nothing runs on it");
    }
  }
  return missing.take();
}

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
    settings.engines.push_back(read_engine(engine, faults));
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
