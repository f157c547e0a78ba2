#include "planner/job_list_service.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "http/problem.h"
#include "uws/core/job_rules.h"

namespace planner {
namespace {

/// Adds the error's faults as reasons. A fault names a parameter of the job; the reason points to the place in the
/// request from which that parameter comes.
void add_reasons(const util::Error& error, const Question& question, std::vector<Reason>& reasons) {
  const int httpcode = http::status_of(error.code);
  for (util::Fault fault : error.faults) {
    if (!fault.input.starts_with('/')) fault.input = task::pointer_of(question.type, question.request, fault.input);
    reasons.push_back(reason_of(httpcode, fault));
  }
  if (error.faults.empty()) reasons.push_back({httpcode, error.message, ""});
}

void add(std::vector<Reason> more, std::vector<Reason>& reasons) {
  std::move(more.begin(), more.end(), std::back_inserter(reasons));
}

/// Estimates how long pulling the image takes, from its size, at a rate that most networks reach. Zero if the image is
/// on an engine already, or if its size is not known.
std::chrono::seconds pull_time(const executor::ImageKnowledge& image) {
  constexpr std::uint64_t bytes_per_second = 10'000'000;
  if (!image.facts || image.is_on_engine) return std::chrono::seconds(0);
  return std::chrono::seconds(static_cast<std::int64_t>(image.facts->size_bytes / bytes_per_second) + 1);
}

/// The reasons why no task of that type could be run with the resources asked for. For questions without taskinfo.
std::vector<Reason> reasons_without_task(const task::TaskType& type, const task::PlannerRequest& request,
                                         const ResourceLimits& resources, bool limits_disk) {
  std::vector<Reason> reasons;
  for (const util::Fault& fault : task::shape_faults(type, request)) reasons.push_back(reason_of(400, fault));
  const auto asked = task::asked_resources(request);
  if (!asked.ok()) return reasons;
  reasons = resource_reasons(*asked, resources);
  if (asked->min_storage_bytes && !limits_disk) {
    reasons.push_back({403, "no engine of this service limits the disk", "/resources/minstorage"});
  }
  return reasons;
}

}  // namespace

ResourceLimits JobListService::resources() const {
  const ledger::Resources most = admission_.most();
  ResourceLimits resources;
  resources.max_millicores = most.millicores;
  resources.max_memory_bytes = most.memory_bytes;
  if (options_.max_execution_duration > std::chrono::seconds(0))
    resources.max_duration = options_.max_execution_duration;
  return resources;
}

void JobListService::judge(const Question& question, Done done) {
  Decision decision;
  decision.resources = resources();
  const task::OwnTaskType* runs = admission_.catalogue().runs(question.type);
  if (question.request.taskinfo) {
    const data::Schema* narrower = runs != nullptr && runs->taskinfo ? &*runs->taskinfo : nullptr;
    auto planned = task::plan(question.type, question.request, narrower);
    if (planned.ok()) {
      const auto parameters = executor::to_parameters(std::move(planned->parameters));
      if (auto runnable = admission_.runnable({}, parameters); !runnable.ok()) {
        add_reasons(runnable.error(), question, decision.reasons);
      }
      const auto too_long = uws::too_long(planned->min_duration, options_);
      if (!too_long.ok()) add_reasons(too_long.error(), question, decision.reasons);
    } else {
      add_reasons(planned.error(), question, decision.reasons);
      const auto asked = task::asked_resources(question.request);
      if (asked.ok()) add(resource_reasons(*asked, decision.resources), decision.reasons);
    }
  } else {
    decision.reasons =
        reasons_without_task(question.type, question.request, decision.resources, admission_.limits_disk());
  }
  std::optional<Reason> unseen;
  if (question.image.error && decision.reasons.empty()) {
    unseen = image_reason(*question.image.error, task::pointer_of(question.type, question.request, "IMAGE"));
  }
  const auto kept = std::make_shared<Decision>(std::move(decision));
  const auto when_known = start_judged(question, kept, std::move(done));
  check_quota_(question.who.user, [kept, when_known, unseen](const util::Status& room) {
    if (!room.ok()) kept->reasons.push_back({http::status_of(room.error().code), room.error().message, ""});
    if (unseen) kept->reasons.push_back(*unseen);  // last, as the POST itself does not depend on this look-up
    when_known();
  });
}

/// Returns the last step of judge(), which calls `done`. Where the request names resources, that step first estimates
/// when the task would start, from the queue and the time to pull the image, and compares this with maxstartup.
std::function<void()> JobListService::start_judged(const Question& question, const std::shared_ptr<Decision>& kept,
                                                   Done done) const {
  if (question.request.resources.members().empty()) {
    return [kept, done = std::move(done)] { done(std::move(*kept)); };
  }
  const auto asked = task::asked_resources(question.request);
  const auto latest = asked.ok() ? asked->max_startup : std::nullopt;
  const auto needs = executor::needs_of(question.task.value_or(task::ContainerTask{}), admission_.policy());
  const auto pull = pull_time(question.image);
  return [this, owner = question.who.user, kept, latest, needs, pull, done = std::move(done)] {
    outlook_(owner, needs, [kept, latest, pull, done](std::optional<std::chrono::seconds> start) {
      if (start) kept->resources.min_startup = *start + pull;
      const auto& soonest = kept->resources.min_startup;
      if (latest && (!soonest || *soonest > *latest)) {
        const std::string when =
            soonest ? "after " + std::to_string(soonest->count()) + "s at the latest" : "at a time that nobody knows";
        kept->reasons.push_back({503, "it would start " + when, "/resources/maxstartup"});
      }
      done(std::move(*kept));
    });
  };
}

}  // namespace planner
