#include "planner/options.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "config/checks.h"
#include "net/url.h"
#include "task/image_pattern.h"
#include "util/text.h"

namespace planner {
namespace {

const task::TaskType* find_type(const task::Catalogue& catalogue, const std::string& name) {
  const auto& types = catalogue.task_types();
  const auto found = std::find_if(types.begin(), types.end(), [&](const auto& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

bool is_service_type(const task::Catalogue& catalogue, const std::string& name) {
  const auto& types = catalogue.service_types();
  return std::any_of(types.begin(), types.end(), [&](const auto& type) { return type.name == name; });
}

Service read_service(const config::Section& section, const task::Catalogue& catalogue, config::Faults& faults) {
  config::Reader reader(section, faults);
  Service service;
  reader.take("service_type", service.service_type);
  if (!is_service_type(catalogue, service.service_type)) {
    reader.fault("service_type", "'" + util::for_display(service.service_type) + "' is no service type",
                 "the name of one, in service_types or of our own");
  }
  const config::Section info = reader.section("serviceinfo");
  const data::Node* endpoint = info.present() ? info.node()->find("endpoint") : nullptr;
  if (endpoint == nullptr) {
    reader.fault("serviceinfo", "has no endpoint", "serviceinfo: {endpoint: https://…}");
  } else if (auto mapping = task::Mapping::compile(*info.node()); mapping.ok()) {
    service.serviceinfo = *std::move(mapping);
  } else {
    reader.add(info, mapping.error());
  }
  reader.done();
  return service;
}

ImageRules read_image_rules(const config::Section& section, config::Faults& faults) {
  config::Reader reader(section, faults);
  ImageRules rules;
  task::take_image_patterns(reader, "allow", rules.allow);
  reader.take("platforms", rules.platforms);
  reader.take("must_exist", rules.must_exist);
  std::string digest = "optional";
  reader.take_word("digest", digest, {"optional", "required"});
  rules.needs_digest = digest == "required";
  std::string port = "no";
  reader.take_word("exposes_port", port, {"no", "taskinfo", "image", "either"});
  rules.port = port == "taskinfo" ? PortEvidence::taskinfo
               : port == "image"  ? PortEvidence::image
               : port == "either" ? PortEvidence::either
                                  : PortEvidence::not_needed;
  reader.done();
  return rules;
}

void take_most(config::Reader& reader, std::string_view key, std::optional<std::int64_t>& target) {
  if (!reader.has(key)) return;
  std::int64_t bytes = 0;
  reader.take_bytes(key, bytes);
  target = bytes;
}

void take_time(config::Reader& reader, std::string_view key, std::optional<std::chrono::seconds>& target) {
  if (!reader.has(key)) return;
  std::chrono::seconds time{0};
  reader.take_duration(key, time);
  target = time;
}

ResourceLimits read_resources(const config::Section& section, config::Faults& faults) {
  config::Reader reader(section, faults);
  ResourceLimits resources;
  if (reader.has("max_cores")) {
    double cores = 1;
    reader.take("max_cores", cores, 0.01, 1e6);
    resources.max_millicores = std::llround(cores * 1000);
  }
  take_most(reader, "max_memory", resources.max_memory_bytes);
  take_most(reader, "max_storage", resources.max_storage_bytes);
  take_time(reader, "max_duration", resources.max_duration);
  take_time(reader, "min_startup", resources.min_startup);
  reader.done();
  return resources;
}

/// The services of the platform that the key `services` names; all of them if there is no such key.
std::vector<std::size_t> take_services(config::Reader& reader, const Platform& platform) {
  std::vector<std::string> names;
  reader.take("services", names);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < platform.services.size(); ++i) {
    const std::string& type = platform.services[i].service_type;
    if (names.empty() || std::find(names.begin(), names.end(), type) != names.end()) chosen.push_back(i);
  }
  if (chosen.size() < names.size() || chosen.empty()) {
    reader.fault("services", "names what the platform does not offer", "service types of the platform's services");
  }
  return chosen;
}

Acceptance read_acceptance(const config::Section& section, const Platform& platform, const task::Catalogue& catalogue,
                           config::Faults& faults) {
  config::Reader reader(section, faults);
  Acceptance acceptance;
  reader.take("task_type", acceptance.task_type);
  reader.take("roles", acceptance.roles);
  acceptance.services = take_services(reader, platform);
  const task::TaskType* type = find_type(catalogue, acceptance.task_type);
  if (type == nullptr) {
    reader.fault("task_type", "'" + util::for_display(acceptance.task_type) + "' is no task type",
                 "the name of one, in task_types or of our own");
  }
  reader.take_schema("taskinfo", acceptance.taskinfo);
  if (const config::Section image = reader.section("image"); image.present()) {
    acceptance.image = read_image_rules(image, faults);
    if (type != nullptr && !type->task) {
      reader.fault("image", "tasks of type " + type->name + " have no image", "no such rule");
    }
  }
  acceptance.resources = read_resources(reader.section("resources"), faults);
  reader.done();
  return acceptance;
}

Platform read_platform(const config::Section& section, const task::Catalogue& catalogue, config::Faults& faults) {
  config::Reader reader(section, faults);
  Platform platform;
  reader.take("name", platform.name);
  reader.take("title", platform.title);
  if (platform.name.empty()) reader.fault("name", "is missing", "a name for the platform");
  if (platform.title.empty()) platform.title = platform.name;
  for (const config::Section& service : reader.section("services").items()) {
    platform.services.push_back(read_service(service, catalogue, faults));
  }
  for (const config::Section& acceptance : reader.section("accepts").items()) {
    platform.accepts.push_back(read_acceptance(acceptance, platform, catalogue, faults));
  }
  if (platform.accepts.empty()) reader.fault("accepts", "is empty", "at least one task type");
  reader.done();
  return platform;
}

Peer read_peer(const config::Section& section, config::Faults& faults) {
  config::Reader reader(section, faults);
  Peer peer;
  reader.take("name", peer.name);
  reader.take("url", peer.url);
  reader.take("tags", peer.tags);
  reader.done();
  if (!net::is_http(net::scheme_of(peer.url))) {
    reader.fault("url", "is no URL of a planner", "such as https://planner.example.org/accepts");
  }
  if (peer.name.empty()) peer.name = peer.url;
  return peer;
}

}  // namespace

Options read_options(config::Reader& root, config::Faults& faults) {
  Options options;
  config::Reader planner(root.section("planner"), faults);
  options.catalogue.read(planner, faults);
  config::Names platforms("name", faults);
  for (const config::Section& section : planner.section("platforms").items()) {
    options.platforms.push_back(read_platform(section, options.catalogue, faults));
    platforms.add(section, options.platforms.back().name);
  }
  options.registries = task::take_logins(planner, faults);
  planner.take("name", options.name);
  config::Names peers("name", faults);
  for (const config::Section& section : planner.section("peers").items()) {
    options.peers.push_back(read_peer(section, faults));
    peers.add(section, options.peers.back().name);
  }
  planner.take_duration("ask_limit", options.ask_limit);
  planner.done();
  return options;
}

}  // namespace planner
