// Queries over many jobs: lists, counts, the queue, and jobs that are due. Apart from count_phases(), each query uses
// an index in the order of its answer, so that its cost depends on the answer and not on the size of the table (U23).
// Threads and errors are as in job_table.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/database.h"
#include "uws/core/job_service.h"

namespace uws {

/// The jobs of that list that `query.caller` may see: the caller's own and those shared with the caller's groups; for
/// an administrator all. Newest first, ties by id (U20, U21).
std::vector<JobReference> list_jobs(store::Session& session, const ListName& name, const ListQuery& query);
/// True if list_jobs() needs only one statement, so that its answer is consistent without a transaction.
bool is_one_statement(const ListQuery& query);

struct Counts {
  std::int64_t unended = 0;
  std::int64_t all = 0;
};
/// Counts the owner's jobs in all lists, except destroyed ones.
Counts count_jobs(store::Session& session, const Owner& owner);

/// Counts the jobs of all owners by phase, except destroyed ones. Reads the whole table.
std::map<Phase, std::int64_t> count_phases(store::Session& session);

/// Jobs that are QUEUED and not claimed, the longest queued first, beginning after the place `after`.
std::vector<QueuePlace> queued_jobs(store::Session& session, const QueuePlace& after, std::size_t at_most);
/// What must be known of these jobs to claim them, in no particular order. Jobs that are not queued are left out.
std::vector<QueuedJob> read_queued(store::Session& session, const std::vector<JobId>& ids);
/// All claimed jobs, read by one statement.
std::vector<ClaimedJob> claimed_jobs(store::Session& session);

/// Jobs whose `due` time (see JobRow) has come, the most overdue first.
std::vector<JobId> due_jobs(store::Session& session, util::Instant now, std::size_t at_most);
/// The earliest `due` time of all jobs.
std::optional<util::Instant> next_due(store::Session& session);
/// Destroyed jobs that no run needs any more: their rows can be deleted.
std::vector<JobId> forgettable_jobs(store::Session& session, std::size_t at_most);

}  // namespace uws
