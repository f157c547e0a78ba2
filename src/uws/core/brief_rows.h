// What is read of several jobs at once, by one statement for many of them: who may see them, and what they wait for.
// Thread and errors as in job_table.h.
#pragma once

#include <vector>

#include "store/database.h"
#include "uws/core/job_table.h"

namespace uws {

/// Of those of the ids that there are, destroyed ones too, in no order: rows with id, list, owner, group, RUNID, phase,
/// creation time, claim, abort time and whether they are destroyed; the rest is not read.
std::vector<JobRow> brief_rows(store::Session& session, const std::vector<JobId>& ids);
/// The same of all jobs that are claimed.
std::vector<JobRow> brief_claimed_rows(store::Session& session);

}  // namespace uws
