// The texts of files of the source tree that are compiled into the program. Constant; any thread may use them.
#pragma once

#include <string_view>

namespace task {

/// catalogue.yaml: the built-in task types and service types.
extern const std::string_view catalogue_text;

/// schemas/container-task.schema.json: the JSON Schema of a container task document.
extern const std::string_view container_task_schema_text;

}  // namespace task
