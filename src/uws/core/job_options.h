// Reads the section `jobs` of the configuration file. Called once, at start-up.
#pragma once

#include "config/section.h"
#include "uws/core/job_service.h"

namespace uws {

/// Reads default_execution_duration, max_execution_duration, default_destruction, max_destruction, archive_for,
/// wait_cap, and per_owner with unended and total. Adds every fault to `faults`.
JobOptions read_options(config::Reader& root, config::Faults& faults);

}  // namespace uws
