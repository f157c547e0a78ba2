// Decides whether a platform's rules accept a task. Pure functions without I/O; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "executor/image_book.h"
#include "http/message.h"
#include "planner/answer.h"
#include "planner/options.h"
#include "task/planner_request.h"

namespace planner {

/// A question to the planner, and what follows from it for every platform alike.
struct Question {
  const http::Identity& who;
  const task::TaskType& type;
  const task::PlannerRequest& request;
  std::vector<util::Fault> faults = {};          // of the request's taskinfo and resources
  std::optional<task::ContainerTask> task = {};  // from taskinfo, if the type has a container task and has no faults
  std::vector<std::string> notes = {};           // what was ignored in the request
  executor::ImageKnowledge image = {};           // empty unless some rule depends on the image
};

/// Fills in all members but `image`. The Question refers to the arguments, which must outlive it.
Question understand(const http::Identity& who, const task::TaskType& type, const task::PlannerRequest& request);

/// Whether the answer depends on the image's contents. It does not if the image is refused by its name, or if the rule
/// does not accept this caller.
bool needs_inspection(const Question& question, const Acceptance& acceptance);

/// The reasons why `asked` is more than `resources` allow.
std::vector<Reason> resource_reasons(const task::AskedResources& asked, const ResourceLimits& resources);

/// Every reason for which the rule refuses the task; empty if the rule accepts it.
std::vector<Reason> reasons_against(const Question& question, const Acceptance& acceptance);

/// The reason to give if looking for the image ended in an error.
Reason image_reason(const util::Error& error, const std::string& path);

/// The `resources` of an answer: those of the request, and the platform's limits (such as maxcores beside mincores).
data::Node resources_of(const task::PlannerRequest& request, const ResourceLimits& resources);

}  // namespace planner
