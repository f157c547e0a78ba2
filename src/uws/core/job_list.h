// What is asked of many jobs at once: lists, counts, the queue, what is due. Each by an index that gives the answer in
// its order, so that the cost is that of the answer, not of the table (U23). Thread and errors as in job_table.h.
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

/// The jobs in that list that `query.caller` may see: his, those that his groups share; all for an administrator.
/// Newest first, ties by id (U20, U21).
std::vector<JobReference> list_jobs(store::Session& session, const ListName& name, const ListQuery& query);
/// Whether it takes no more than that: then its answer is from one moment without a transaction.
bool is_one_statement(const ListQuery& query);

struct Counts {
  std::int64_t unended = 0;
  std::int64_t all = 0;
};
/// Of the jobs that are not destroyed, in all lists together.
Counts count_jobs(store::Session& session, const Owner& owner);

/// Of all owners.
std::map<Phase, std::int64_t> count_phases(store::Session& session);

/// QUEUED, unclaimed, not asked to abort: those that wait longest first, from the first one after that place on.
std::vector<QueuePlace> queued_jobs(store::Session& session, const QueuePlace& after, std::size_t at_most);
/// What a round of claims must know of these jobs, in no order; those that are not queued (any more) are left out.
std::vector<QueuedJob> read_queued(store::Session& session, const std::vector<JobId>& ids);
/// One statement, for however many there are.
std::vector<ClaimedJob> claimed_jobs(store::Session& session);

/// Jobs whose destruction is to be seen to, the most overdue first.
std::vector<JobId> due_jobs(store::Session& session, util::Instant now, std::size_t at_most);
/// When the next one will be.
std::optional<util::Instant> next_due(store::Session& session);
/// Destroyed, and no run needs them: to be forgotten.
std::vector<JobId> forgettable_jobs(store::Session& session, std::size_t at_most);

}  // namespace uws
