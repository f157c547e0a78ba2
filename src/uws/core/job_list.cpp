#include "uws/core/job_list.h"

#include <algorithm>
#include <limits>
#include <set>

#include "util/text.h"
#include "uws/core/columns.h"

namespace uws {
namespace {

using soci::into;
using soci::use;

/// What both forms of the list bind.
struct ListColumns {
  std::string owner;
  std::string phase;
  long long after = 0;
  long long last = 0;
  std::string id;
  Nullable<std::string> run_id;
  long long creation_time = 0;

  void set(const ListQuery& query) {
    owner = to_column(query.caller);
    after = query.after ? to_column(*query.after) : std::numeric_limits<long long>::min();
    last = query.last.value_or(std::numeric_limits<long long>::max());
  }
  void add_to(std::vector<JobReference>& list) const {
    list.push_back({id, run_id.get(), to_owner(owner), to_phase(phase), to_instant(creation_time)});
  }
};

struct NewestReader {
  explicit NewestReader(soci::session& sql)
      : select((sql.prepare << "SELECT id, run_id, phase, creation_time FROM jobs WHERE destroyed = 0"
                               " AND phase <> 'ARCHIVED' AND owner = :owner AND creation_time > :after"
                               " ORDER BY creation_time DESC, id LIMIT :last",
                into(c.id), into(c.run_id.value, c.run_id.indicator), into(c.phase), into(c.creation_time),
                use(c.owner), use(c.after), use(c.last))) {}
  ListColumns c;
  soci::statement select;
};

struct PhaseReader {
  explicit PhaseReader(soci::session& sql)
      : select((sql.prepare << "SELECT id, run_id, creation_time FROM jobs WHERE destroyed = 0"
                               " AND owner = :owner AND phase = :phase AND creation_time > :after"
                               " ORDER BY creation_time DESC, id LIMIT :last",
                into(c.id), into(c.run_id.value, c.run_id.indicator), into(c.creation_time), use(c.owner), use(c.phase),
                use(c.after), use(c.last))) {}
  ListColumns c;
  soci::statement select;
};

bool newer(const JobReference& a, const JobReference& b) {
  if (a.creation_time != b.creation_time) return a.creation_time > b.creation_time;
  return a.id < b.id;
}

/// The newest of each phase hold the newest of all of them.
std::vector<JobReference> list_of_phases(store::Session& session, const ListQuery& query) {
  auto& reader = session.local<PhaseReader>();
  reader.c.set(query);
  std::vector<JobReference> list;
  for (const Phase phase : std::set<Phase>(query.phases.begin(), query.phases.end())) {
    reader.c.phase = to_string(phase);
    for_each_row(reader.select, [&] { reader.c.add_to(list); });
  }
  std::sort(list.begin(), list.end(), newer);
  if (query.last && list.size() > static_cast<std::uint64_t>(*query.last)) list.resize(*query.last);
  return list;
}

/// The ids that a statement gives; its one number is `limit`.
std::vector<JobId> ids(store::Session& session, const std::string& statement, std::size_t at_most) {
  const auto limit = static_cast<long long>(at_most);
  const soci::rowset<std::string> rows = (session.sql().prepare << statement, use(limit));
  return {rows.begin(), rows.end()};
}

}  // namespace

std::vector<JobReference> list_jobs(store::Session& session, const ListQuery& query) {
  if (!query.phases.empty()) return list_of_phases(session, query);
  auto& reader = session.local<NewestReader>();
  reader.c.set(query);
  std::vector<JobReference> list;
  for_each_row(reader.select, [&] { reader.c.add_to(list); });
  return list;
}

Counts count_jobs(store::Session& session, const Owner& owner) {
  const std::string column = to_column(owner);
  long long unended = 0;
  long long all = 0;
  session.sql() << "SELECT COUNT(*) FROM jobs WHERE destroyed = 0 AND owner = :owner"
                   " AND phase IN ('PENDING', 'QUEUED', 'EXECUTING', 'UNKNOWN', 'HELD', 'SUSPENDED')",
      use(column), into(unended);
  session.sql() << "SELECT COUNT(*) FROM jobs WHERE destroyed = 0 AND owner = :owner", use(column), into(all);
  return {unended, all};
}

std::map<Phase, std::int64_t> count_phases(store::Session& session) {
  std::map<Phase, std::int64_t> counts;
  const soci::rowset<soci::row> rows =
      (session.sql().prepare << "SELECT phase, CAST(COUNT(*) AS TEXT) FROM jobs WHERE destroyed = 0 GROUP BY phase");
  for (const soci::row& row : rows) {
    const auto phase = parse_phase(row.get<std::string>(0));
    if (phase) counts[*phase] = static_cast<std::int64_t>(util::parse_unsigned(row.get<std::string>(1)).value_or(0));
  }
  return counts;
}

std::vector<JobId> queued_jobs(store::Session& session, std::size_t at_most) {
  return ids(session,
             "SELECT id FROM jobs WHERE phase = 'QUEUED' AND claimed = 0 AND destroyed = 0"
             " ORDER BY queued_time, id LIMIT :at_most",
             at_most);
}

std::vector<JobId> claimed_jobs(store::Session& session) {
  const soci::rowset<std::string> rows = (session.sql().prepare << "SELECT id FROM jobs WHERE claimed = 1 ORDER BY id");
  return {rows.begin(), rows.end()};
}

std::vector<JobId> due_jobs(store::Session& session, util::Instant now, std::size_t at_most) {
  const long long until = to_column(now);
  const auto limit = static_cast<long long>(at_most);
  const soci::rowset<std::string> rows =
      (session.sql().prepare << "SELECT id FROM jobs WHERE due IS NOT NULL AND due <= :until"
                                " ORDER BY due, id LIMIT :at_most",
       use(until), use(limit));
  return {rows.begin(), rows.end()};
}

std::optional<util::Instant> next_due(store::Session& session) {
  Nullable<long long> due;
  session.sql() << "SELECT MIN(due) FROM jobs WHERE due IS NOT NULL", into(due.value, due.indicator);
  return to_instant(due.get());
}

std::vector<JobId> forgettable_jobs(store::Session& session, std::size_t at_most) {
  return ids(session, "SELECT id FROM jobs WHERE destroyed = 1 AND claimed = 0 ORDER BY id LIMIT :at_most", at_most);
}

}  // namespace uws
