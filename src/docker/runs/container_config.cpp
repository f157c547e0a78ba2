#include "docker/runs/container_config.h"

#include <algorithm>

#include "docker/api/labels.h"
#include "docker/differences.h"

namespace docker {
namespace {

using data::Node;

constexpr std::int64_t cpu_period_us = 100'000;
constexpr std::int64_t smallest_cpu_quota_us = 1000;
/// When the machine runs out of memory, the kernel kills runs before the machine's own services.
constexpr std::int64_t oom_score = 500;

std::string port_key(const executor::ContainerPort& port) {
  return std::to_string(port.container_port) + "/" + port.protocol;
}

Node environment(const executor::RunSpec& spec, const ContainerPlan& plan) {
  auto list = Node::array();
  const auto set_unless_said = [&](std::string_view name, std::string_view value) {
    const bool is_said =
        std::any_of(spec.env.begin(), spec.env.end(), [&](const auto& pair) { return pair.first == name; });
    if (!is_said && !value.empty()) list.push(Node::string(std::string(name).append("=").append(value)));
  };
  set_unless_said("HOME", task::work_folder);
  if (!plan.image_has_user) set_unless_said("USER", plan.user_name);
  if (!plan.image_has_logname) set_unless_said("LOGNAME", plan.user_name);
  for (const auto& [name, value] : spec.env) list.push(Node::string(std::string(name).append("=").append(value)));
  return list;
}

/// One empty word means no entrypoint. Podman would take an empty list for the image's entrypoint.
Node entrypoint(const std::vector<std::string>& words) {
  return Node::strings(words.empty() ? std::vector<std::string>{""} : words);
}

Node ulimit(std::string name, std::int64_t value) {
  auto limit = Node::object();
  limit.set("Name", Node::string(std::move(name)));
  limit.set("Soft", Node::number(value));
  limit.set("Hard", Node::number(value));
  return limit;
}

/// `copies`: the engine fills a new volume with the image's files at the mount point.
Node mount(const executor::Mount& wanted, bool copies) {
  auto mount = Node::object();
  mount.set("Type", Node::string(wanted.source_is_path ? "bind" : "volume"));
  mount.set("Source", Node::string(wanted.source));
  mount.set("Target", Node::string(wanted.target));
  mount.set("ReadOnly", Node::boolean(wanted.read_only));
  auto options = Node::object();
  if (wanted.source_is_path) {
    // Other mounts below the source do not become visible in the container, neither now nor later.
    options.set("Propagation", Node::string("private"));
    options.set("NonRecursive", Node::boolean(true));
    mount.set("BindOptions", std::move(options));
  } else {
    options.set("NoCopy", Node::boolean(!copies));
    mount.set("VolumeOptions", std::move(options));
  }
  return mount;
}

/// Adds the run's own volume and the configured mounts. A volume is bound by name only if the engine ignores NoCopy.
void set_mounts(Node& host, const executor::RunSpec& spec, Kind kind) {
  auto list = Node::array();
  auto binds = Node::array();
  list.push(mount({spec.id.name(), false, std::string(task::work_volume_path), false}, true));
  for (const auto& wanted : spec.mounts) {
    const bool can_be_bound = wanted.target.find(':') == std::string::npos;
    if (copies_into_mounts(kind) && !wanted.source_is_path && can_be_bound) {
      binds.push(Node::string(wanted.source + ":" + wanted.target + (wanted.read_only ? ":ro,nocopy" : ":rw,nocopy")));
    } else {
      list.push(mount(wanted, false));
    }
  }
  host.set("Mounts", std::move(list));
  if (!binds.items().empty()) host.set("Binds", std::move(binds));
}

void set_limits(Node& host, const executor::ResourceLimits& limits, const Rlimits& rlimits) {
  host.set("Memory", Node::number(limits.memory_bytes));
  host.set("MemorySwap", Node::number(limits.memory_bytes));
  // Not NanoCpus: the engine refuses more than the cores of the machine, but the configured capacity may exceed them.
  host.set("CpuPeriod", Node::number(cpu_period_us));
  host.set("CpuQuota", Node::number(std::max(smallest_cpu_quota_us, limits.millicores * cpu_period_us / 1000)));
  host.set("PidsLimit", Node::number(limits.pids));
  auto ulimits = Node::array();
  ulimits.push(ulimit("nofile", rlimits.of("nofile", limits.open_files)));
  ulimits.push(ulimit("nproc", rlimits.of("nproc", processes_of_user)));
  host.set("Ulimits", std::move(ulimits));
  host.set("OomScoreAdj", Node::number(oom_score));
}

/// Makes the environment of a program equal on every engine: the host name resolves to the container, ports below 1024
/// need no privilege, and shared memory is limited only by the run's memory. The operator's own networks get no host
/// name and no sysctl, because such a network may forbid them.
void set_surroundings(Node& config, Node& host, const executor::RunSpec& spec, const ContainerPlan& plan) {
  host.set("ShmSize", Node::number(spec.limits.memory_bytes));
  if (spec.network.kind == executor::Network::Kind::named) return;
  config.set("Hostname", Node::string(spec.id.job));
  if (plan.network == "none") host.set("ExtraHosts", Node::strings({spec.id.job + ":127.0.0.1"}));
  auto kernel = Node::object();
  kernel.set("net.ipv4.ip_unprivileged_port_start", Node::string("0"));
  host.set("Sysctls", std::move(kernel));
}

void set_security(Node& host) {
  host.set("CapDrop", Node::strings({"ALL"}));
  host.set("SecurityOpt", Node::strings({"no-new-privileges"}));
  host.set("Privileged", Node::boolean(false));
  host.set("Init", Node::boolean(true));
  host.set("AutoRemove", Node::boolean(false));
  auto restart = Node::object();
  restart.set("Name", Node::string("no"));
  host.set("RestartPolicy", std::move(restart));
  host.set("IpcMode", Node::string("private"));
}

void set_ports(Node& config, Node& host, const executor::RunSpec& spec, const std::string& address, bool publish) {
  auto exposed = Node::object();
  auto bindings = Node::object();
  for (const auto& port : spec.ports) {
    auto binding = Node::object();
    binding.set("HostIp", Node::string(address));
    binding.set("HostPort", Node::string(""));
    auto list = Node::array();
    list.push(std::move(binding));
    if (publish) bindings.set(port_key(port), std::move(list));
    exposed.set(port_key(port), Node::object());
  }
  config.set("ExposedPorts", std::move(exposed));
  host.set("PortBindings", std::move(bindings));
  host.set("PublishAllPorts", Node::boolean(false));
}

Node run_labels(const executor::RunSpec& spec, const ContainerPlan& plan) {
  auto all = labels::of(spec.id);
  all.set(std::string(labels::digest), Node::string(plan.image_digest));
  if (!plan.note.empty()) all.set(std::string(labels::note), Node::string(plan.note));
  for (const auto& port : spec.ports) {
    all.set(std::string(labels::port_name) + port_key(port), Node::string(port.name));
  }
  return all;
}

}  // namespace

Node container_config(const executor::RunSpec& spec, const ContainerPlan& plan, const Options& options) {
  auto host = Node::object();
  set_security(host);
  set_limits(host, spec.limits, plan.rlimits);
  set_mounts(host, spec, plan.kind);
  host.set("LogConfig", log_config(plan.kind, spec.limits.log_bytes));
  host.set("NetworkMode", Node::string(plan.network));
  // The engine's resolver would forward queries of the container to the outside. On the container's loopback no
  // resolver answers.
  if (plan.sealed_network) host.set("Dns", Node::strings({"127.0.0.1"}));

  auto config = Node::object();
  set_surroundings(config, host, spec, plan);
  config.set("Image", Node::string(plan.image_id));
  if (spec.entrypoint) config.set("Entrypoint", entrypoint(*spec.entrypoint));
  if (!spec.args.empty()) config.set("Cmd", Node::strings(spec.args));
  if (plan.user) {
    config.set("User", Node::string(std::to_string(plan.user->uid) + ":" + std::to_string(plan.user->gid)));
  }
  config.set("Env", environment(spec, plan));
  if (!spec.workdir.empty()) config.set("WorkingDir", Node::string(spec.workdir));
  config.set("Tty", Node::boolean(false));
  config.set("OpenStdin", Node::boolean(false));
  config.set("Labels", run_labels(spec, plan));
  set_ports(config, host, spec, options.publish_address, plan.publishes_ports);
  config.set("HostConfig", std::move(host));
  return config;
}

Node volume_config(const executor::RunId& run) {
  auto config = Node::object();
  config.set("Name", Node::string(run.name()));
  config.set("Labels", labels::of(run));
  return config;
}

}  // namespace docker
