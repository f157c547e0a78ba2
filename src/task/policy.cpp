#include "task/policy.h"

#include <algorithm>
#include <cmath>

#include "config/checks.h"
#include "task/grammar.h"
#include "task/image_pattern.h"
#include "util/quantity.h"
#include "util/text.h"

namespace task {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void read_images(config::Reader& root, config::Faults& faults, PolicyOptions& options) {
  config::Reader reader(root.section("images"), faults);
  reader.take("open", options.any_image);
  take_image_patterns(reader, "allow", options.images);
  reader.done();
}

void read_volumes(config::Reader& root, config::Faults& faults, PolicyOptions& options) {
  config::Names names("name", faults);
  for (const config::Section& section : root.section("volumes").items()) {
    config::Reader reader(section, faults);
    Volume volume;
    reader.take("name", volume.name);
    reader.take("source", volume.source);
    reader.take("writable", volume.writable);
    reader.done();
    if (!grammar::is_name(volume.name)) reader.fault("name", "is not a name", "letters, digits, '.', '_' and '-'");
    if (volume.source.empty())
      reader.fault("source", "is missing", "an absolute path, or the name of an engine's volume");
    const bool is_path = volume.source.starts_with('/') && volume.source.find(':') == volume.source.npos;
    if (!volume.source.empty() && !is_path && !grammar::is_name(volume.source)) {
      reader.fault("source", "is neither a path nor a name",
                   "an absolute path without ':', or the name of an engine's volume");
    }
    names.add(section, volume.name);
    options.volumes.push_back(std::move(volume));
  }
}

void read_networks(config::Reader& root, config::Faults& faults, PolicyOptions& options) {
  config::Reader reader(root.section("networks"), faults);
  reader.take("outbound", options.allow_outbound);
  config::Names names("name", faults);
  for (const config::Section& section : reader.section("classes").items()) {
    config::Reader entry(section, faults);
    NetworkClass network;
    entry.take("name", network.name);
    entry.take("engine_network", network.engine_network);
    entry.done();
    if (!grammar::is_name(network.name) || network.name == "none" || network.name == "outbound") {
      entry.fault("name", "is not a name of its own", "letters, digits, '.', '_' and '-'; not none, not outbound");
    }
    if (network.engine_network.empty())
      entry.fault("engine_network", "is missing", "the name of a network of the engine");
    const std::string_view shared = network.engine_network;
    if (shared == "host" || shared == "none" || shared.find(':') != shared.npos) {
      entry.fault("engine_network", "is not a network, but shares one or has none",
                  "the name of a network of the engine");
    }
    names.add(section, network.name);
    options.networks.push_back(std::move(network));
  }
  reader.done();
}

void read_millicores(config::Reader& reader, std::string_view key, std::int64_t& target) {
  double cores = static_cast<double>(target) / 1000;
  reader.take(key, cores, 0.01, 1e6);
  target = std::llround(cores * 1000);
}

/// Adds a fault if the default is more than the maximum: a task that does not give an amount would be refused.
void check_default(config::Reader& reader, std::string_view key, std::int64_t value, const std::string& max_key,
                   std::int64_t maximum, std::string (*shown)(std::int64_t)) {
  if (value <= maximum) return;
  const std::string own = shown(value) + (reader.has(key) ? "" : ", its default");
  reader.fault(key, "is " + own + ", more than " + max_key, "at most " + shown(maximum) + ", or a larger " + max_key);
}

void read_resources(config::Reader& root, config::Faults& faults, PolicyOptions& options) {
  config::Reader reader(root.section("resources"), faults);
  read_millicores(reader, "default_cores", options.default_millicores);
  read_millicores(reader, "max_cores", options.max_millicores);
  reader.take_bytes("default_memory", options.default_memory_bytes);
  reader.take_bytes("max_memory", options.max_memory_bytes);
  reader.take("max_ports", options.max_ports, {.minimum = 0, .maximum = 1000});
  reader.take("max_inputs", options.max_inputs, {.minimum = 0, .maximum = 100'000});
  reader.take("max_outputs", options.max_outputs, {.minimum = 0, .maximum = 100'000});
  reader.done();
  check_default(reader, "default_cores", options.default_millicores, "max_cores", options.max_millicores,
                util::format_millicores);
  check_default(reader, "default_memory", options.default_memory_bytes, "max_memory", options.max_memory_bytes,
                util::format_bytes);
}

/// Adds a fault for each thing that the task asks for and this service does not give.
class PolicyCheck {
 public:
  PolicyCheck(const Policy& policy, const ContainerTask& task)
      : policy_(policy), options_(policy.options()), task_(task) {}

  std::vector<util::Fault> run() {
    judge_image();
    judge_mounts();
    judge_network(options_.allow_outbound);
    judge_sizes();
    judge_counts();
    judge_what_cannot_be_given();
    return std::move(faults_);
  }

  std::vector<util::Fault> run_operators() {
    judge_mounts();
    judge_network(true);
    judge_least_memory();
    judge_what_cannot_be_given();
    return std::move(faults_);
  }

 private:
  void refuse(std::string input, std::string reason, std::string accepted) {
    faults_.push_back({std::move(input), std::move(reason), std::move(accepted)});
  }

  void judge_image() {
    if (!task_.image || policy_.allows_image(*task_.image)) return;
    refuse("IMAGE", task_.image->to_string() + " is not among the images that this service runs",
           options_.images.empty() ? "none: no image is listed" : joined(options_.images));
  }

  void judge_mounts() {
    for (const VolumeMount& mount : task_.mounts) {
      const Volume* volume = policy_.volume(mount.volume);
      if (volume == nullptr) {
        refuse("MOUNT", "'" + mount.volume + "' is not a volume of this service", names_of(options_.volumes));
      } else if (!mount.read_only && !volume->writable) {
        refuse("MOUNT", "'" + mount.volume + "' can only be read", mount.volume + ":" + mount.path + ":ro");
      }
    }
  }

  void judge_network(bool outbound) {
    const std::string& network = task_.network;
    if (network.empty() || network == "none" || policy_.network(network) != nullptr) return;
    if (network == "outbound" && outbound) return;
    std::string accepted = outbound ? "none, outbound" : "none";
    for (const NetworkClass& known : options_.networks) accepted += ", " + known.name;
    refuse("NETWORK", "'" + network + "' is not given here", accepted);
  }

  void judge_sizes() {
    if (policy_.millicores(task_) > options_.max_millicores) {
      refuse("CORES", util::format_millicores(policy_.millicores(task_)) + " are more than a job may have",
             "at most " + util::format_millicores(options_.max_millicores));
    }
    if (policy_.memory_bytes(task_) > options_.max_memory_bytes) {
      refuse("MEMORY", util::format_bytes(policy_.memory_bytes(task_)) + " are more than a job may have",
             "at most " + util::format_bytes(options_.max_memory_bytes));
    }
    judge_least_memory();
  }

  void judge_least_memory() {
    constexpr std::int64_t least_memory = 8LL << 20;
    if (policy_.memory_bytes(task_) < least_memory) {
      refuse("MEMORY", util::format_bytes(policy_.memory_bytes(task_)) + " are less than a container needs",
             "at least 8M");
    }
  }

  void judge_count(std::string input, std::size_t count, std::int64_t limit) {
    if (static_cast<std::int64_t>(count) <= limit) return;
    refuse(std::move(input), std::to_string(count) + " are more than a job may have",
           "at most " + std::to_string(limit));
  }

  void judge_counts() {
    judge_count("PORT", task_.ports.size(), options_.max_ports);
    judge_count("INPUT", task_.inputs.size(), options_.max_inputs);
    judge_count("OUTPUT", task_.outputs.size(), options_.max_outputs);
  }

  void judge_what_cannot_be_given() {
    if (!task_.platform.empty() && task_.platform != options_.platform) {
      refuse("PLATFORM", "'" + task_.platform + "' is not run here", options_.platform);
    }
  }

  template <typename Named>
  static std::string names_of(const std::vector<Named>& items) {
    std::string text;
    for (const Named& item : items) text += (text.empty() ? "" : ", ") + item.name;
    return text.empty() ? "none: no volume is configured" : text;
  }

  const Policy& policy_;
  const PolicyOptions& options_;
  const ContainerTask& task_;
  std::vector<util::Fault> faults_;
};

}  // namespace

PolicyOptions read_policy(config::Reader& root, config::Faults& faults) {
  PolicyOptions options;
  read_images(root, faults, options);
  read_volumes(root, faults, options);
  read_networks(root, faults, options);
  read_resources(root, faults, options);
  return options;
}

bool Policy::allows_image(const ImageReference& image) const {
  return options_.any_image || std::any_of(options_.images.begin(), options_.images.end(),
                                           [&](const std::string& entry) { return matches(entry, image); });
}

std::vector<util::Fault> Policy::refusals(const ContainerTask& task) const { return PolicyCheck(*this, task).run(); }

std::vector<util::Fault> Policy::impossible(const ContainerTask& task) const {
  return PolicyCheck(*this, task).run_operators();
}

const Volume* Policy::volume(const std::string& name) const {
  const auto found = std::find_if(options_.volumes.begin(), options_.volumes.end(),
                                  [&](const Volume& volume) { return volume.name == name; });
  return found == options_.volumes.end() ? nullptr : &*found;
}

const NetworkClass* Policy::network(const std::string& name) const {
  const auto found = std::find_if(options_.networks.begin(), options_.networks.end(),
                                  [&](const NetworkClass& network) { return network.name == name; });
  return found == options_.networks.end() ? nullptr : &*found;
}

}  // namespace task
