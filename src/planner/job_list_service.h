// Says what our own job list would answer to a POST of a task. The same code judges the question and the POST, in the
// same order, so that both give the same answer.
//
// Owner: the service (service.cpp). Any thread may call judge().
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "executor/admission.h"
#include "planner/own_service.h"
#include "util/async.h"
#include "uws/core/job_service.h"

namespace planner {

class JobListService : public OwnService {
 public:
  /// Checks whether an owner may have one more job: JobService::check_quota.
  using CheckQuota = std::function<void(const uws::Owner&, util::Callback<void>)>;

  /// The time after which a task of that size would start at the latest; nullopt if unknown: Executor::outlook.
  using Outlook = std::function<void(const uws::Owner&, const ledger::Resources&,
                                     std::function<void(std::optional<std::chrono::seconds>)>)>;

  JobListService(const executor::Admission& admission, uws::JobOptions options, CheckQuota check_quota, Outlook outlook)
      : admission_(admission), options_(options), check_quota_(std::move(check_quota)), outlook_(std::move(outlook)) {}

  bool would_inspect(const task::ImageReference& image) const override {
    return admission_.policy().allows_image(image);
  }
  void judge(const Question& question, Done done) override;

 private:
  ResourceLimits resources() const;
  std::function<void()> start_judged(const Question& question, const std::shared_ptr<Decision>& kept, Done done) const;

  const executor::Admission& admission_;
  const uws::JobOptions options_;
  const CheckQuota check_quota_;
  const Outlook outlook_;
};

}  // namespace planner
