// The permanent part of a job's jobInfo: facts about its run. docs/container-task.md lists the elements.
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

/// Sets `phaseDetail` and `progress` in jobInfo; `progress` has the form that Firefly reads.
void set_progress(data::Node& info, const Progress& progress);

}  // namespace executor
