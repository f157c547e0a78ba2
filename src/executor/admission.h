// Decides whether a task may run here: by the policy, by the addresses of its inputs, and by the capacity of the
// engines. Used when a parameter is set, when a job is told to run, and by the planner. Owned by the executor. Computes
// only; any thread.
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

/// The capacity that a task takes on an engine.
ledger::Resources needs_of(const task::ContainerTask& task, const task::Policy& policy);

/// The same names and values as parameters of a job.
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

  /// Sets the look-up of known images, which must answer from memory. The executor calls this before any other use.
  void use_image_knowledge(KnownImage known_image) { known_image_ = std::move(known_image); }
  /// Called by the executor when an engine has told what it has and can do.
  void set_engine(const std::string& engine, const ledger::Resources& capacity, const Capabilities& capabilities);
  void forget(const std::string& engine);

  /// The most that a task can request, limited by the policy and by the largest known engine.
  ledger::Resources most() const;
  /// True if some engine can limit the disk that a run uses.
  bool limits_disk() const;

  /// The task of a job with these parameters. In the list of an application, the application defines their meaning;
  /// otherwise the parameters describe the whole task.
  util::Result<task::ContainerTask> task_of(const uws::ListName& list,
                                            const std::vector<uws::Parameter>& parameters) const;
  /// All reasons why the task can never run here, each with what would be accepted. The policy does not apply to the
  /// task of an application, because the operator has defined that task.
  std::vector<util::Fault> refusals(const uws::ListName& list, const task::ContainerTask& task) const;
  /// Returns `forbidden` with all reasons if the task is incomplete or can never run here (U18).
  util::Status runnable(const uws::ListName& list, const std::vector<uws::Parameter>& parameters) const;

 private:
  std::vector<util::Fault> missing(const uws::ListName& list, const task::ContainerTask& task,
                                   const std::vector<uws::Parameter>& parameters) const;
  std::vector<util::Fault> too_many_inputs(const task::ContainerTask& task) const;
  /// The largest amount of each resource among the known engines; nullopt: no engine is known.
  std::optional<ledger::Resources> biggest() const;
  bool fits_somewhere(const ledger::Resources& needs) const;
  std::vector<util::Fault> not_given(const task::ContainerTask& task) const;
  std::vector<util::Fault> unusable_image(const task::ContainerTask& task) const;
  std::vector<util::Fault> too_big(const task::ContainerTask& task) const;

  const task::Policy policy_;
  const std::shared_ptr<const net::AddressPolicy> addresses_;
  const task::Applications applications_;
  const task::Catalogue catalogue_;
  KnownImage known_image_;
  mutable std::mutex mutex_;
  struct KnownEngine {
    ledger::Resources resources;
    Capabilities capabilities;
  };
  std::map<std::string, KnownEngine> engines_;
};

}  // namespace executor
