// Reads a few columns of several jobs, many jobs by one statement. Threads and errors are as in job_table.h.
#pragma once

#include <vector>

#include "store/database.h"
#include "uws/core/job_table.h"

namespace uws {

/// Rows of those ids that exist, destroyed jobs included, in no particular order. Only id, list, owner, group, RUNID,
/// phase, creation time, claimed, abort time and destroyed are read.
std::vector<JobRow> brief_rows(store::Session& session, const std::vector<JobId>& ids);
/// The same for all claimed jobs.
std::vector<JobRow> brief_claimed_rows(store::Session& session);

}  // namespace uws
