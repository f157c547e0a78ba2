// What a job's jobInfo tells for good about its run: docs/container-task.md lists the elements.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/node.h"
#include "executor/engine.h"
#include "uws/core/job.h"

namespace executor {

struct JobInfo {
  std::string engine;
  std::string engine_version;
  std::string image;
  std::string image_digest;
  std::int64_t millicores = 0;
  std::int64_t memory_bytes = 0;
  std::map<std::string, util::Instant> steps;
  std::vector<std::string> notes;
  std::optional<RunEnd> ended;
};

data::Node to_node(const JobInfo& info);

/// jobInfo's `progress` block, as Firefly reads it, and `phaseDetail`.
void set_progress(data::Node& info, const Progress& progress);

}  // namespace executor
