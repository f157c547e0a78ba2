// Turns the parameters and documents that clients send into the parameters that a job keeps, or into faults that
// explain a refusal. Computes only; any thread.
#pragma once

#include "executor/admission.h"
#include "uws/core/seams.h"

namespace executor {

class Acceptor : public uws::JobAcceptor {
 public:
  explicit Acceptor(const Admission& admission) : admission_(admission) {}

  util::Result<uws::AcceptedTask> accept(const uws::Owner& owner, const std::vector<uws::Parameter>& present,
                                         const uws::JobRequest& given) const override;

 private:
  /// A whole task, from a task document or from a request in the form of the ExecutionPlanner (docs/planner.md).
  struct ExpandedTask {
    uws::AcceptedTask task;
    std::vector<std::string> emptied;  // parameters whose values are removed
  };
  util::Result<ExpandedTask> expand(const data::Node& document, const std::string& base_url) const;

  const Admission& admission_;
};

}  // namespace executor
