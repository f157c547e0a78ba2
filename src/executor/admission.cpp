#include "executor/admission.h"

#include <algorithm>

#include "util/quantity.h"
#include "util/text.h"

namespace executor {

namespace {

util::Error not_configured(const uws::ListName& list) {
  return util::Error::of(util::ErrorCode::forbidden,
                         util::Fault{"", "the application '" + list + "' is not configured any more", ""});
}

}  // namespace

ledger::Amount needs_of(const task::ContainerTask& task, const task::Policy& policy) {
  return {.millicores = policy.millicores(task), .memory_bytes = policy.memory_bytes(task), .slots = 1};
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

void Admission::set_capacity(const std::string& engine, const ledger::Amount& capacity) {
  const std::lock_guard lock(mutex_);
  capacities_[engine] = capacity;
}

void Admission::forget(const std::string& engine) {
  const std::lock_guard lock(mutex_);
  capacities_.erase(engine);
}

std::vector<util::Fault> Admission::too_big(const task::ContainerTask& task) const {
  const ledger::Amount needs = needs_of(task, policy_);
  const std::lock_guard lock(mutex_);
  if (capacities_.empty()) return {};
  ledger::Amount biggest;
  for (const auto& [engine, capacity] : capacities_) {
    if (needs.fits(capacity)) return {};
    biggest.millicores = std::max(biggest.millicores, capacity.millicores);
    biggest.memory_bytes = std::max(biggest.memory_bytes, capacity.memory_bytes);
  }
  std::vector<util::Fault> faults;
  if (needs.millicores > biggest.millicores) {
    faults.push_back({"CORES", util::format_millicores(needs.millicores) + " are more than any engine here has",
                      "at most " + util::format_millicores(biggest.millicores)});
  }
  if (needs.memory_bytes > biggest.memory_bytes) {
    faults.push_back({"MEMORY", util::format_bytes(needs.memory_bytes) + " are more than any engine here has",
                      "at most " + util::format_bytes(biggest.memory_bytes)});
  }
  if (faults.empty()) {
    faults.push_back({"CORES", "no engine here has so many cores and so much memory together", "less of either"});
  }
  return faults;
}

std::vector<util::Fault> Admission::refusals(const uws::ListName& list, const task::ContainerTask& task) const {
  std::vector<util::Fault> faults = list.empty() ? policy_.refusals(task) : too_many_inputs(task);
  for (const task::Input& input : task.inputs) {
    if (input.uri.empty()) continue;
    if (const auto allowed = addresses_->check_url(input.uri); !allowed.ok()) {
      faults.push_back({input.given_by, "'" + util::shown(input.uri) + "' is not fetched: " + allowed.error().message,
                        "an http or https URL of a public address"});
    }
  }
  // The policy's own limit says it all, where it is the smaller one.
  for (util::Fault& fault : too_big(task)) {
    const bool said =
        std::any_of(faults.begin(), faults.end(), [&](const auto& other) { return other.input == fault.input; });
    if (!said) faults.push_back(std::move(fault));
  }
  return faults;
}

/// The one thing of an application's task that clients have in hand.
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
  if (!task.ok()) return task.error();
  std::vector<util::Fault> faults = missing(list, *task, parameters);
  for (util::Fault& fault : refusals(list, *task)) faults.push_back(std::move(fault));
  if (faults.empty()) return {};
  return util::Error::of(util::ErrorCode::forbidden, std::move(faults));
}

}  // namespace executor
