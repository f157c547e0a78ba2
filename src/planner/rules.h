// Whether a platform's rules let a task pass. Computes only; any thread.
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

/// What is asked, and what can be said of it whoever runs it.
struct Question {
  const http::Identity& who;
  const task::TaskType& type;
  const task::PlannerRequest& request;
  std::vector<util::Fault> faults = {};          // of its taskinfo and resources
  std::optional<task::ContainerTask> task = {};  // that it becomes, where its type has one and nothing is wrong
  std::vector<std::string> notes = {};           // what was ignored
  executor::ImageKnowledge image = {};           // if anybody wanted to know
};

/// All but the image. What it is given outlives it.
Question understand(const http::Identity& who, const task::TaskType& type, const task::PlannerRequest& request);

/// Whether the answer depends on what the image is. It does not, where it is refused by its name, or to this asker.
bool needs_look(const Question& question, const Acceptance& acceptance);

/// What is asked for and is more than there is.
std::vector<Reason> reasons_of_means(const task::AskedResources& asked, const Means& means);

/// Every reason against it; none: it is accepted.
std::vector<Reason> reasons_against(const Question& question, const Acceptance& acceptance);

/// Why an image that was looked for cannot be used.
Reason image_reason(const util::Error& error, const std::string& path);

/// The resources that were asked for, with what the platform says of the other ends.
data::Node resources_of(const task::PlannerRequest& request, const Means& means);

}  // namespace planner
