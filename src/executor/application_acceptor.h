// What clients give to the jobs of an application becomes the parameters that a job keeps: declared ones in their
// order, defaults filled in, then what was uploaded for them. Computes only; any thread.
#pragma once

#include "executor/admission.h"
#include "task/application.h"
#include "uws/core/seams.h"

namespace executor {

class ApplicationAcceptor : public uws::JobAcceptor {
 public:
  ApplicationAcceptor(const Admission& admission, const task::Application& application)
      : admission_(admission), application_(application) {}

  util::Result<uws::AcceptedTask> accept(const uws::Owner& owner, const std::vector<uws::Parameter>& present,
                                         const uws::JobRequest& given) const override;

 private:
  const Admission& admission_;
  const task::Application& application_;
};

}  // namespace executor
