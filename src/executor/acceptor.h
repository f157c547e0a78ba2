// Parameters and documents as clients give them become the parameters that a job keeps, or faults that say why not.
// Computes only; any thread.
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
  /// A whole task: its document, or a planner's question that is one (docs/planner.md).
  struct Expanded {
    uws::AcceptedTask task;
    std::vector<std::string> emptied;  // names that are set to nothing
  };
  util::Result<Expanded> expand(const data::Node& document, const std::string& base_url) const;

  const Admission& admission_;
};

}  // namespace executor
