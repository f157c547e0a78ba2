// Rows of jobs that are being created: on PostgreSQL those of all creations that share a commit go in two statements.
// Thread and errors as in job_table.h.
#pragma once

#include <vector>

#include "store/database.h"
#include "uws/core/job_table.h"

namespace uws {

/// A job that was never queued before nor claimed, with its parameters. One that is there already is left alone, as
/// when it is not known whether a commit was the last that a connection did.
void add_job(store::Transaction& transaction, const JobRow& row, const std::vector<Parameter>& parameters);

}  // namespace uws
