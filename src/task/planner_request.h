// A planner's question, whoever asks it how: can a task of this type be run, with as much as this? And what a job would
// be that runs it (ExecutionPlanner note; docs/planner.md). Computes only; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/node.h"
#include "task/catalogue.h"
#include "task/container_task.h"
#include "util/result.h"

namespace task {

struct PlannerRequest {
  std::string tasktype;  // as the asker spells it
  std::optional<data::Node> taskinfo;
  data::Node resources = data::Node::object();
  std::vector<std::string> tags = {};   // where many planners are asked: those that have them all
  std::vector<std::string> notes = {};  // what else was there, and is not understood
};

/// What is asked of resources; what is not asked for is absent.
struct AskedResources {
  std::optional<std::int64_t> min_millicores;        // mincores: "0.5"
  std::optional<std::int64_t> min_memory_bytes;      // minmemory: "8G"
  std::optional<std::int64_t> min_storage_bytes;     // minstorage: "100G"
  std::optional<std::chrono::seconds> max_startup;   // maxstartup: "60s"
  std::optional<std::chrono::seconds> min_duration;  // minduration: "5m", "PT5M"
};

/// A value of a form or of a query; or a part of its own type, which is a document.
struct DottedValue {
  std::string name;
  std::string text;
  std::string media_type = {};  // of JSON or YAML: text is a document; else it is a text
};

/// Dotted names as a tree: "taskinfo.image=a" and "resources.mincores=2"; `{md,python}` and a repeated name are lists;
/// a whole taskinfo may stand in one value, as JSON or YAML. invalid_argument for names that clash or make no tree, and
/// for bytes that are no text.
util::Result<data::Node> tree_of(const std::vector<DottedValue>& values);
/// Whether a name can only be a part of a planner's question.
bool is_planner_name(std::string_view name);

/// Whether the document is a planner's question, and no task.
bool is_planner_request(const data::Node& document);
/// invalid_argument for what is no question at all: no object, no tasktype, no URI.
util::Result<PlannerRequest> planner_request_of(const data::Node& document);

/// Every fault with its pointer: "/resources/minmemory".
util::Result<AskedResources> asked_resources(const PlannerRequest& request);

/// A request as a container task that a job can have.
struct PlannedTask {
  std::vector<Pair> parameters;
  ContainerTask task;  // which they make, once what its inputs refer to is uploaded
  std::optional<std::chrono::seconds> min_duration;
  std::vector<std::string> notes;  // what was not understood, and ignored
};

/// What is wrong with its taskinfo and resources as such, whoever runs it. Nothing is, where there is no taskinfo.
std::vector<util::Fault> shape_faults(const TaskType& type, const PlannerRequest& request,
                                      const data::Schema* narrower = nullptr);

/// invalid_argument with every fault and its pointer into the request. `type` has a task; `narrower`: what its taskinfo
/// must be beyond what the type says.
util::Result<PlannedTask> plan(const TaskType& type, const PlannerRequest& request,
                               const data::Schema* narrower = nullptr);

/// The taskinfo as others read it, for whom a form's scalars are no lists, and "1" is no text: as the type's schema
/// says, or as a container task has it.
data::Node settled_taskinfo(const TaskType& type, const data::Node& taskinfo);

/// Where in the request the parameter of its container task comes from: "IMAGE" is "/taskinfo/image_name".
std::string pointer_of(const TaskType& type, const PlannerRequest& request, std::string_view parameter);

}  // namespace task
