#include "docker/facts.h"

#include <algorithm>
#include <array>
#include <climits>
#include <string_view>

#include <unistd.h>

#include "docker/api/json.h"
#include "docker/differences.h"
#include "net/url.h"

namespace docker {
namespace {

struct NeededLimit {
  std::string_view flag;
  std::string_view what;
};
constexpr std::array<NeededLimit, 3> needed_limits{
    {{"MemoryLimit", "memory"}, {"CpuCfsQuota", "CPU time"}, {"PidsLimit", "the number of processes"}}};

bool is_podman(const data::Node& version) {
  const auto* components = json::at(version, {"Components"});
  if (components == nullptr) return false;
  for (const auto& component : components->items()) {
    if (json::text(component, {"Name"}) == "Podman Engine") return true;
  }
  return false;
}

std::optional<std::string> missing_limits(const data::Node& info) {
  std::string what;
  for (const auto& limit : needed_limits) {
    const auto* flag = json::at(info, {limit.flag});
    if (flag == nullptr || flag->as_bool().value_or(true)) continue;
    what.append(what.empty() ? "" : ", ").append(limit.what);
  }
  if (what.empty()) return std::nullopt;
  return "this engine's kernel or control groups cannot limit " + what;
}

/// Podman has a field for it; Docker lists it as a security option.
bool rootless(const data::Node& info) {
  if (json::flag(info, {"Rootless"})) return true;
  const auto* security = json::at(info, {"SecurityOptions"});
  if (security == nullptr) return false;
  return std::any_of(security->items().begin(), security->items().end(),
                     [](const auto& option) { return option.text() == "name=rootless"; });
}

/// The name of this machine. An engine reports the name of its machine as its own.
std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

std::vector<std::string> notes_of(const data::Node& info, const Options& options) {
  std::vector<std::string> notes;
  if (const auto driver = json::text(info, {"Driver"}); !driver.empty()) notes.push_back("storage driver " + driver);
  if (const auto group = json::text(info, {"CgroupVersion"}); !group.empty())
    notes.push_back("cgroup version " + group);
  if (const auto* swap = json::at(info, {"SwapLimit"}); swap != nullptr && !swap->as_bool().value_or(true)) {
    notes.emplace_back("swap cannot be limited: a run may use the machine's swap beyond its memory");
  }
  if (const auto* security = json::at(info, {"SecurityOptions"}); security != nullptr) {
    bool seccomp = false;
    for (const auto& option : security->items()) {
      seccomp = seccomp || option.as_string().value_or("").find("seccomp") != std::string::npos;
    }
    if (!seccomp) notes.emplace_back("no seccomp: system calls are not filtered");
  }
  if (!net::is_loopback(options.publish_address)) {
    notes.push_back("ports are published on " + options.publish_address +
                    ": a run with ports and no other network can send packets out, although none comes back");
  }
  for (auto& note : notes) note = engine_words(note);
  return notes;
}

}  // namespace

bool runs_on(const std::string& architecture, const std::string& machine) {
  if (architecture.empty() || machine.empty() || architecture == machine) return true;
  return (machine == "amd64" && architecture == "386") || (machine == "arm64" && architecture == "arm");
}

Facts facts_of(const data::Node& version, const data::Node& info, ApiVersion spoken, const Options& options) {
  Facts facts;
  auto& about = facts.description;
  facts.kind = is_podman(version) ? Kind::podman : Kind::docker;
  facts.is_rootless = rootless(info);
  facts.major_version = major_version(version);
  about.kind = facts.kind == Kind::podman ? "podman" : "docker";
  about.version = engine_words(json::text(version, {"Version"}) + " (API " + spoken.to_string() + ")");
  about.architecture = engine_words(json::text(version, {"Arch"}));
  about.os = engine_words(json::text(version, {"Os"}));
  about.capacity.millicores = json::number(info, {"NCPU"}).value_or(0) * 1000;
  about.capacity.memory_bytes = json::number(info, {"MemTotal"}).value_or(0);
  facts.data_root = json::text(info, {"DockerRootDir"});
  about.is_here = json::text(info, {"Name"}) == host_name();
  about.notes = notes_of(info, options);
  if (!about.is_here && !json::text(info, {"Name"}).empty()) {
    about.notes.emplace_back("it is on another machine: ports are asked only where probe_host says");
  }
  for (auto& note : notes_of_kind(facts)) about.notes.push_back(std::move(note));
  about.refusal = missing_limits(info);
  if (auto refusal = refusal_of_kind(facts, version)) about.refusal = std::move(refusal);
  return facts;
}

}  // namespace docker
