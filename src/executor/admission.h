// The one judge of what may be run: policy, addresses, and what the biggest engine could ever give. Asked when a value
// is given, at RUN, and by the planner. Computes only; any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "executor/image_book.h"
#include "ledger/ledger.h"
#include "net/address_policy.h"
#include "task/application.h"
#include "task/catalogue.h"
#include "task/policy.h"
#include "util/result.h"
#include "uws/core/job.h"

namespace executor {

/// What a task takes of an engine.
ledger::Amount needs_of(const task::ContainerTask& task, const task::Policy& policy);

/// As a job has them.
std::vector<uws::Parameter> to_parameters(std::vector<task::Pair> pairs);

class Admission {
 public:
  using KnownImage = std::function<std::optional<ImageKnowledge>(const task::ImageReference&)>;

  Admission(task::Policy policy, std::shared_ptr<const net::AddressPolicy> addresses,
            task::Applications applications = {}, task::Catalogue catalogue = task::Catalogue::built_in())
      : policy_(std::move(policy)),
        addresses_(std::move(addresses)),
        applications_(std::move(applications)),
        catalogue_(std::move(catalogue)) {}

  const task::Policy& policy() const { return policy_; }
  const std::shared_ptr<const net::AddressPolicy>& addresses() const { return addresses_; }
  const task::Applications& applications() const { return applications_; }
  const task::Catalogue& catalogue() const { return catalogue_; }

  /// From memory; by the executor, before anything is asked.
  void look_up_images_in(KnownImage known_image) { known_image_ = std::move(known_image); }
  /// Told by the executor, when an engine says what it has.
  void set_capacity(const std::string& engine, const ledger::Amount& capacity);
  void forget(const std::string& engine);

  /// The most that a task can have: of policy, and of the biggest engine that is known.
  ledger::Amount most() const;

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
  /// In each respect, of the engines that are known; nullopt: of none.
  std::optional<ledger::Amount> biggest() const;
  bool fits_somewhere(const ledger::Amount& needs) const;
  std::vector<util::Fault> unusable_image(const task::ContainerTask& task) const;
  std::vector<util::Fault> too_big(const task::ContainerTask& task) const;

  const task::Policy policy_;
  const std::shared_ptr<const net::AddressPolicy> addresses_;
  const task::Applications applications_;
  const task::Catalogue catalogue_;
  KnownImage known_image_;
  mutable std::mutex mutex_;
  std::map<std::string, ledger::Amount> capacities_;
};

}  // namespace executor
