// A request to a planner, in any of its forms: can a task of this type be run with these resources? Also makes the
// parameters of a job that runs it (ExecutionPlanner note; docs/planner.md). Computes only; any thread may call.
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
  std::string tasktype;  // as the client wrote it: the canonical URI or an alias
  std::optional<data::Node> taskinfo;
  data::Node resources = data::Node::object();
  std::vector<std::string> tags = {};   // where many planners are asked, only those that have all these tags
  std::vector<std::string> notes = {};  // notes for the client on members that are ignored
};

/// The resources that a request asks for; absent where it does not.
struct AskedResources {
  std::optional<std::int64_t> min_millicores;        // mincores: "0.5"
  std::optional<std::int64_t> min_memory_bytes;      // minmemory: "8G"
  std::optional<std::int64_t> min_storage_bytes;     // minstorage: "100G"
  std::optional<std::chrono::seconds> max_startup;   // maxstartup: "60s"
  std::optional<std::chrono::seconds> min_duration;  // minduration: "5m", "PT5M"
};

/// A value of a form or a query, or a multipart part with a media type.
struct DottedValue {
  std::string name;
  std::string text;
  std::string media_type = {};  // of JSON or YAML: `text` is a document; otherwise it is plain text
};

/// Makes a tree of dotted names such as "taskinfo.image=a" and "resources.mincores=2". A value `{md,python}` and a
/// repeated name are lists. A single value may be a whole taskinfo as JSON or YAML. Fails with invalid_argument for
/// names that conflict or are unknown, and for values that are not text, and with too_large.
util::Result<data::Node> tree_of(const std::vector<DottedValue>& values);
/// True for a name that can only be part of a request to a planner.
bool is_planner_name(std::string_view name);

/// True if the document is a request to a planner and not a container task.
bool is_planner_request(const data::Node& document);
/// Fails with invalid_argument if the document is not an object, has no tasktype that is a URI, or has a malformed
/// member.
util::Result<PlannerRequest> planner_request_of(const data::Node& document);

/// Fails with invalid_argument and every fault with its JSON pointer, such as "/resources/minmemory".
util::Result<AskedResources> asked_resources(const PlannerRequest& request);

/// The container task that a request becomes.
struct PlannedTask {
  std::vector<Pair> parameters;
  ContainerTask task;  // made from `parameters`; its inputs may refer to parts that are not uploaded yet
  std::optional<std::chrono::seconds> min_duration;
  std::vector<std::string> notes;  // notes for the client on members that are ignored
};

/// The faults of taskinfo and resources against the schema of the type and against `narrower`, whoever runs the task.
/// A request without taskinfo has no fault in it.
std::vector<util::Fault> shape_faults(const TaskType& type, const PlannerRequest& request,
                                      const data::Schema* narrower = nullptr);

/// Makes the container task of a request. Fails with invalid_argument and every fault with its JSON pointer into the
/// request. `type` must have a task. `narrower`: a schema that taskinfo must fulfil besides that of the type.
util::Result<PlannedTask> plan(const TaskType& type, const PlannerRequest& request,
                               const data::Schema* narrower = nullptr);

/// The taskinfo for other planners, with the types that its schema or a container task wants. This is needed for values
/// from forms: a form cannot express a list of one item, and does not distinguish the number 1 from the text "1".
data::Node coerced_taskinfo(const TaskType& type, const data::Node& taskinfo);

/// The JSON pointer into the request of the value that became this parameter: for "IMAGE", "/taskinfo/image_name".
std::string pointer_of(const TaskType& type, const PlannerRequest& request, std::string_view parameter);

}  // namespace task
