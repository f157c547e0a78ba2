// The one judge of what may be run: policy, addresses, and what the biggest engine could ever give. Asked when a value
// is given, at RUN, and by the planner. Computes only; any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "net/address_policy.h"
#include "task/application.h"
#include "task/policy.h"
#include "util/result.h"
#include "uws/core/job.h"

namespace executor {

/// What a task takes of an engine.
ledger::Amount needs_of(const task::ContainerTask& task, const task::Policy& policy);

class Admission {
 public:
  Admission(task::Policy policy, std::shared_ptr<const net::AddressPolicy> addresses,
            task::Applications applications = {})
      : policy_(std::move(policy)), addresses_(std::move(addresses)), applications_(std::move(applications)) {}

  const task::Policy& policy() const { return policy_; }
  const std::shared_ptr<const net::AddressPolicy>& addresses() const { return addresses_; }
  const task::Applications& applications() const { return applications_; }

  /// Told by the executor, when an engine says what it has.
  void set_capacity(const std::string& engine, const ledger::Amount& capacity);
  void forget(const std::string& engine);

  /// The task that the parameters of a job of that list make: they say it all, or an application says what they mean.
  util::Result<task::ContainerTask> task_of(const uws::ListName& list,
                                            const std::vector<uws::Parameter>& parameters) const;
  /// Everything about the task that would never be run here, each with what would. What an application's task asks for
  /// is the operator's own wish: policy has no say.
  std::vector<util::Fault> refusals(const uws::ListName& list, const task::ContainerTask& task) const;
  /// `forbidden` with every reason when the task is not whole, or would never be run (U18).
  util::Status runnable(const uws::ListName& list, const std::vector<uws::Parameter>& parameters) const;

 private:
  std::vector<util::Fault> missing(const uws::ListName& list, const task::ContainerTask& task,
                                   const std::vector<uws::Parameter>& parameters) const;
  std::vector<util::Fault> too_many_inputs(const task::ContainerTask& task) const;
  std::vector<util::Fault> too_big(const task::ContainerTask& task) const;

  const task::Policy policy_;
  const std::shared_ptr<const net::AddressPolicy> addresses_;
  const task::Applications applications_;
  mutable std::mutex mutex_;
  std::map<std::string, ledger::Amount> capacities_;
};

}  // namespace executor
