// Inserts the rows of new jobs. On PostgreSQL the rows of all jobs that are created in one commit are inserted by two
// statements. Threads and errors are as in job_table.h.
#pragma once

#include <vector>

#include "store/database.h"
#include "uws/core/job_table.h"

namespace uws {

/// Inserts a new job with its parameters. Does nothing if the job exists already. This happens when a connection was
/// lost during a commit that succeeded, and the work is run again.
void add_job(store::Transaction& transaction, const JobRow& row, const std::vector<Parameter>& parameters);

}  // namespace uws
