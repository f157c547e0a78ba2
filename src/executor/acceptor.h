// Parameters and documents as clients give them become the parameters that a job keeps, or faults that say why not.
// Computes only; any thread.
#pragma once

#include "executor/admission.h"
#include "uws/core/seams.h"

namespace executor {

class Acceptor : public uws::JobAcceptor {
 public:
  explicit Acceptor(const Admission& admission) : admission_(admission) {}

  util::Result<std::vector<uws::Parameter>> accept(const uws::Owner& owner, const std::vector<uws::Parameter>& present,
                                                   const uws::Given& given) const override;

 private:
  const Admission& admission_;
};

}  // namespace executor
