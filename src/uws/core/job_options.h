// The section `jobs` of the configuration.
#pragma once

#include "config/section.h"
#include "uws/core/job_service.h"

namespace uws {

/// Takes the section `jobs` of the file: default_execution_duration, max_execution_duration, default_destruction,
/// max_destruction, archive_for, and per_owner with unended and total.
JobOptions read_options(config::Reader& root, config::Faults& faults);

}  // namespace uws
