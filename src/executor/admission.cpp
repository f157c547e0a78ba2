#include "executor/admission.h"

#include <algorithm>

#include "util/quantity.h"
#include "util/text.h"

namespace executor {

namespace {

/// The name of GPUs among the resources of an engine.
constexpr auto gpus_name = "gpus";

util::Error not_configured(const uws::ListName& list) {
  return util::Error::of(util::ErrorCode::forbidden,
                         util::Fault{"", "the application '" + list + "' is not configured any more", ""});
}

}  // namespace

ledger::Resources needs_of(const task::ContainerTask& task, const task::Policy& policy) {
  ledger::Resources needs{.millicores = policy.millicores(task), .memory_bytes = policy.memory_bytes(task), .slots = 1};
  if (const std::int64_t gpus = task.gpus.value_or(0); gpus > 0) needs.others[gpus_name] = gpus;
  return needs;
}

std::vector<uws::Parameter> to_parameters(std::vector<task::Pair> pairs) {
  std::vector<uws::Parameter> parameters;
  parameters.reserve(pairs.size());
  for (task::Pair& pair : pairs) {
    parameters.push_back({std::move(pair.name), std::move(pair.value), false, {}, {}, 0});
  }
  return parameters;
}

util::Result<task::ContainerTask> Admission::task_of(const uws::ListName& list,
                                                     const std::vector<uws::Parameter>& parameters) const {
  std::vector<task::Pair> pairs;
  std::vector<std::string> uploads;
  for (const uws::Parameter& parameter : parameters) {
    if (parameter.by_reference) {
      uploads.push_back(parameter.name);
    } else {
      pairs.push_back({parameter.name, parameter.value});
    }
  }
  if (list.empty()) return task::from_parameters(pairs, uploads);
  const task::Application* application = task::find(applications_, list);
  if (application == nullptr) return not_configured(list);
  return task::task_of(*application, pairs, uploads);
}

void Admission::set_engine(const std::string& engine, const ledger::Resources& capacity,
                           const Capabilities& capabilities) {
  const std::lock_guard lock(mutex_);
  engines_[engine] = {capacity, capabilities};
}

bool Admission::limits_disk() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(engines_.begin(), engines_.end(),
                     [](const auto& engine) { return engine.second.capabilities.limits_disk; });
}

void Admission::forget(const std::string& engine) {
  const std::lock_guard lock(mutex_);
  engines_.erase(engine);
}

std::optional<ledger::Resources> Admission::biggest() const {
  const std::lock_guard lock(mutex_);
  std::optional<ledger::Resources> biggest;
  for (const auto& [engine, capacity] : engines_) {
    if (!biggest) biggest = capacity.resources;
    biggest->raise_to(capacity.resources);
  }
  return biggest;
}

ledger::Resources Admission::most() const {
  const task::PolicyOptions& options = policy_.options();
  ledger::Resources most{options.max_millicores, options.max_memory_bytes, 1};
  if (const auto engine = biggest()) {
    most.millicores = std::min(most.millicores, engine->millicores);
    most.memory_bytes = std::min(most.memory_bytes, engine->memory_bytes);
  }
  return most;
}

bool Admission::fits_somewhere(const ledger::Resources& needs) const {
  const std::lock_guard lock(mutex_);
  return engines_.empty() || std::any_of(engines_.begin(), engines_.end(),
                                         [&](const auto& engine) { return needs.fits(engine.second.resources); });
}

std::vector<util::Fault> Admission::too_big(const task::ContainerTask& task) const {
  const ledger::Resources needs = needs_of(task, policy_);
  if (fits_somewhere(needs)) return {};
  const ledger::Resources biggest = this->biggest().value_or(ledger::Resources{});
  std::vector<util::Fault> faults;
  if (needs.millicores > biggest.millicores) {
    faults.push_back({"CORES", util::format_millicores(needs.millicores) + " are more than any engine here has",
                      "at most " + util::format_millicores(biggest.millicores)});
  }
  if (needs.memory_bytes > biggest.memory_bytes) {
    faults.push_back({"MEMORY", util::format_bytes(needs.memory_bytes) + " are more than any engine here has",
                      "at most " + util::format_bytes(biggest.memory_bytes)});
  }
  if (faults.empty() && not_given(task).empty()) {
    const bool asks_for_others = !needs.others.empty();
    faults.push_back({"CORES",
                      asks_for_others ? "no engine here has so many cores, so much memory and so many GPUs together"
                                      : "no engine here has so many cores and so much memory together",
                      asks_for_others ? "less of one of them" : "less of either"});
  }
  return faults;
}

/// What only some engines can give. An engine that has not answered yet counts as one that cannot.
std::vector<util::Fault> Admission::not_given(const task::ContainerTask& task) const {
  std::vector<util::Fault> faults;
  const std::int64_t gpus = task.gpus.value_or(0);
  if (gpus > 0) {
    const auto most = biggest();
    const auto found = most ? most->others.find(gpus_name) : std::map<std::string, std::int64_t>::const_iterator();
    const std::int64_t there = most && found != most->others.end() ? found->second : 0;
    if (there == 0) {
      faults.push_back({"GPUS", "no engine of this service gives GPUs", "0, or nothing"});
    } else if (gpus > there) {
      faults.push_back(
          {"GPUS", std::to_string(gpus) + " are more than any engine here has", "at most " + std::to_string(there)});
    }
  }
  if (task.disk_bytes && !limits_disk()) {
    faults.push_back({"DISK", "no engine of this service limits the disk", "nothing"});
  }
  return faults;
}

std::vector<util::Fault> Admission::refusals(const uws::ListName& list, const task::ContainerTask& task) const {
  std::vector<util::Fault> faults = list.empty() ? policy_.refusals(task) : too_many_inputs(task);
  for (util::Fault& fault : not_given(task)) faults.push_back(std::move(fault));
  for (util::Fault& fault : unusable_image(task)) {
    if (list.empty() && faults.empty()) faults.push_back(std::move(fault));
  }
  for (const task::Input& input : task.inputs) {
    if (input.uri.empty()) continue;
    if (const auto allowed = addresses_->check_url(input.uri); !allowed.ok()) {
      faults.push_back({input.given_by,
                        "'" + util::for_display(input.uri) + "' is not fetched: " + allowed.error().message,
                        "an http or https URL of a public address"});
    }
  }
  // Skip a fault about an input for which the policy has already given a fault.
  for (util::Fault& fault : too_big(task)) {
    const bool said =
        std::any_of(faults.begin(), faults.end(), [&](const auto& other) { return other.input == fault.input; });
    if (!said) faults.push_back(std::move(fault));
  }
  return faults;
}

/// Judges the image by what the look-up of known images has in memory; an unknown image is no fault.
std::vector<util::Fault> Admission::unusable_image(const task::ContainerTask& task) const {
  if (!task.image || !known_image_) return {};
  const auto known = known_image_(*task.image);
  if (!known) return {};
  if (known->error) {
    const bool is_told =
        known->error->code == util::ErrorCode::not_found || known->error->code == util::ErrorCode::forbidden;
    if (!is_told) return {};
    return {{"IMAGE", known->error->message, "an image that is there"}};
  }
  const std::vector<std::string> platforms = platforms_of(*known->facts);
  if (std::find(platforms.begin(), platforms.end(), policy_.options().platform) != platforms.end()) return {};
  return {{"IMAGE", task.image->to_string() + " is for " + util::for_display(platforms.front()),
           "an image for " + policy_.options().platform}};
}

/// The only part of the policy that applies to an application's task: clients decide how many inputs it has.
std::vector<util::Fault> Admission::too_many_inputs(const task::ContainerTask& task) const {
  const std::int64_t most = policy_.options().max_inputs;
  if (static_cast<std::int64_t>(task.inputs.size()) <= most) return {};
  return {{task.inputs.back().given_by, std::to_string(task.inputs.size()) + " files are more than a job may have",
           "at most " + std::to_string(most)}};
}

std::vector<util::Fault> Admission::missing(const uws::ListName& list, const task::ContainerTask& task,
                                            const std::vector<uws::Parameter>& parameters) const {
  const task::Application* application = task::find(applications_, list);
  if (application == nullptr) return task::missing(task);
  std::vector<std::string> names;
  names.reserve(parameters.size());
  for (const uws::Parameter& parameter : parameters) names.push_back(parameter.name);
  return task::missing(*application, names);
}

util::Status Admission::runnable(const uws::ListName& list, const std::vector<uws::Parameter>& parameters) const {
  const auto task = task_of(list, parameters);
  if (!task.ok()) return util::Error::of(util::ErrorCode::forbidden, task.error().faults);
  std::vector<util::Fault> faults = missing(list, *task, parameters);
  for (util::Fault& fault : refusals(list, *task)) faults.push_back(std::move(fault));
  if (faults.empty()) return {};
  return util::Error::of(util::ErrorCode::forbidden, std::move(faults));
}

}  // namespace executor
