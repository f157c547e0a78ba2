// Files of the source tree that are a part of the program, as text.
#pragma once

#include <string_view>

namespace task {

/// Our own entries of the catalogue: catalogue.yaml.
extern const std::string_view catalogue_text;

/// schemas/container-task.schema.json: what a task's document may say.
extern const std::string_view container_task_schema_text;

}  // namespace task
