#include "docker/container_config.h"

#include <algorithm>

#include "docker/differences.h"
#include "docker/labels.h"

namespace docker {
namespace {

using data::Node;

constexpr std::int64_t cpu_period_us = 100'000;
constexpr std::int64_t smallest_cpu_quota_us = 1000;
/// Runs go before the machine's own services when memory is short.
constexpr std::int64_t oom_score = 500;

std::string port_key(const executor::Publish& port) {
  return std::to_string(port.container_port) + "/" + port.protocol;
}

Node environment(const executor::RunSpec& spec) {
  auto list = Node::array();
  const bool has_home =
      std::any_of(spec.env.begin(), spec.env.end(), [](const auto& pair) { return pair.first == "HOME"; });
  if (!has_home) list.push(Node::string("HOME=" + std::string(task::work_folder)));
  for (const auto& [name, value] : spec.env) list.push(Node::string(std::string(name).append("=").append(value)));
  return list;
}

/// None at all is said by one empty word: an empty list would be the image's own to Podman.
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

Node mount(const executor::Mount& wanted) {
  auto mount = Node::object();
  mount.set("Type", Node::string(wanted.source_is_path ? "bind" : "volume"));
  mount.set("Source", Node::string(wanted.source));
  mount.set("Target", Node::string(wanted.target));
  mount.set("ReadOnly", Node::boolean(wanted.read_only));
  auto options = Node::object();
  if (wanted.source_is_path) {
    // Nothing mounted below the source comes along, now or later.
    options.set("Propagation", Node::string("private"));
    options.set("NonRecursive", Node::boolean(true));
    mount.set("BindOptions", std::move(options));
  } else {
    options.set("NoCopy", Node::boolean(true));
    mount.set("VolumeOptions", std::move(options));
  }
  return mount;
}

Node mounts(const executor::RunSpec& spec) {
  auto list = Node::array();
  list.push(mount({spec.id.name(), false, std::string(task::work_volume_path), false}));
  for (const auto& wanted : spec.mounts) list.push(mount(wanted));
  return list;
}

void set_limits(Node& host, const executor::Limits& limits, const Rlimits& rlimits) {
  host.set("Memory", Node::number(limits.memory_bytes));
  host.set("MemorySwap", Node::number(limits.memory_bytes));
  // Not NanoCpus, which the engine refuses beyond the machine's cores: a configured capacity may be.
  host.set("CpuPeriod", Node::number(cpu_period_us));
  host.set("CpuQuota", Node::number(std::max(smallest_cpu_quota_us, limits.millicores * cpu_period_us / 1000)));
  host.set("PidsLimit", Node::number(limits.pids));
  auto ulimits = Node::array();
  ulimits.push(ulimit("nofile", rlimits.of("nofile", limits.open_files)));
  ulimits.push(ulimit("nproc", rlimits.of("nproc", processes_of_user)));
  host.set("Ulimits", std::move(ulimits));
  host.set("OomScoreAdj", Node::number(oom_score));
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
  host.set("Mounts", mounts(spec));
  host.set("LogConfig", log_config(plan.kind, spec.limits.log_bytes));
  host.set("NetworkMode", Node::string(plan.network));
  // The engine's own resolver asks the outside on a container's behalf; the container's loopback answers nothing.
  if (plan.sealed_network) host.set("Dns", Node::strings({"127.0.0.1"}));

  auto config = Node::object();
  config.set("Image", Node::string(plan.image_id));
  if (spec.entrypoint) config.set("Entrypoint", entrypoint(*spec.entrypoint));
  if (!spec.args.empty()) config.set("Cmd", Node::strings(spec.args));
  if (plan.user) {
    config.set("User", Node::string(std::to_string(plan.user->uid) + ":" + std::to_string(plan.user->gid)));
  }
  config.set("Env", environment(spec));
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
