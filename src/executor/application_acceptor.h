// Turns the parameters and documents that clients send to the jobs of an application into the parameters that a job
// keeps: the declared parameters in the order of their declaration, with defaults filled in, then the uploads to which
// they refer. Computes only; any thread.
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
