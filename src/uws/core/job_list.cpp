#include "uws/core/job_list.h"

#include <algorithm>
#include <limits>
#include <set>

#include "uws/core/columns.h"

namespace uws {
namespace {

using soci::into;
using soci::use;

/// Whose jobs one statement gives.
enum class Whose { own, shared, all };

struct Source {
  Whose whose = Whose::own;
  std::string who;  // the owner, or the group; empty for all
};

std::vector<Source> sources_of(const Caller& caller) {
  if (caller.administrator) return {{Whose::all, {}}};
  std::vector<Source> sources{{Whose::own, to_column(caller.user)}};
  for (const std::string& group : caller.groups) sources.push_back({Whose::shared, group});
  return sources;
}

template <Whose whose>
const char* condition() {
  if (whose == Whose::own) return " AND owner = :who";
  return whose == Whose::shared ? " AND shared_with = :who" : " AND :who = ''";
}

/// What both forms of the list bind.
struct ListColumns {
  std::string who;
  std::string list;
  std::string phase;
  long long after = 0;
  long long last = 0;
  std::string id;
  std::string owner;
  Nullable<std::string> run_id;
  long long creation_time = 0;

  void set(const ListName& name, const ListQuery& query, const Source& source) {
    list = name;
    who = source.who;
    after = query.after ? to_column(*query.after) : std::numeric_limits<long long>::min();
    last = query.last.value_or(std::numeric_limits<long long>::max());
  }
  void add_to(std::vector<JobReference>& jobs) const {
    jobs.push_back({id, run_id.get(), to_owner(owner), to_phase(phase), to_instant(creation_time)});
  }
};

template <Whose whose>
struct NewestReader {
  explicit NewestReader(soci::session& sql)
      : select((sql.prepare << "SELECT id, owner, run_id, phase, creation_time FROM jobs WHERE destroyed = 0"
                               " AND phase <> 'ARCHIVED'"
                            << condition<whose>()
                            << " AND list = :list AND creation_time > :after"
                               " ORDER BY creation_time DESC, id LIMIT :last",
                into(c.id), into(c.owner), into(c.run_id.value, c.run_id.indicator), into(c.phase),
                into(c.creation_time), use(c.who), use(c.list), use(c.after), use(c.last))) {}
  ListColumns c;
  soci::statement select;
};

template <Whose whose>
struct PhaseReader {
  explicit PhaseReader(soci::session& sql)
      : select((sql.prepare << "SELECT id, owner, run_id, creation_time FROM jobs WHERE destroyed = 0"
                            << condition<whose>()
                            << " AND list = :list AND phase = :phase AND creation_time > :after"
                               " ORDER BY creation_time DESC, id LIMIT :last",
                into(c.id), into(c.owner), into(c.run_id.value, c.run_id.indicator), into(c.creation_time), use(c.who),
                use(c.list),
                use(c.phase), use(c.after), use(c.last))) {}
  ListColumns c;
  soci::statement select;
};

template <Whose whose>
void add_jobs(store::Session& session, const ListName& name, const ListQuery& query, const Source& source,
              std::vector<JobReference>& list) {
  if (query.phases.empty()) {
    auto& reader = session.local<NewestReader<whose>>();
    reader.c.set(name, query, source);
    return for_each_row(reader.select, [&] { reader.c.add_to(list); });
  }
  auto& reader = session.local<PhaseReader<whose>>();
  reader.c.set(name, query, source);
  for (const Phase phase : std::set<Phase>(query.phases.begin(), query.phases.end())) {
    reader.c.phase = to_string(phase);
    for_each_row(reader.select, [&] { reader.c.add_to(list); });
  }
}

bool newer(const JobReference& a, const JobReference& b) {
  if (a.creation_time != b.creation_time) return a.creation_time > b.creation_time;
  return a.id < b.id;
}

/// The ids that a statement gives; its one number is `limit`.
std::vector<JobId> ids(store::Session& session, const std::string& statement, std::size_t at_most) {
  const auto limit = static_cast<long long>(at_most);
  const soci::rowset<std::string> rows = (session.sql().prepare << statement, use(limit));
  return {rows.begin(), rows.end()};
}

}  // namespace

/// The newest of each source, and of each phase, hold the newest of all of them.
std::vector<JobReference> list_jobs(store::Session& session, const ListName& name, const ListQuery& query) {
  std::vector<JobReference> list;
  const std::vector<Source> sources = sources_of(query.caller);
  for (const Source& source : sources) {
    switch (source.whose) {
      case Whose::own:
        add_jobs<Whose::own>(session, name, query, source, list);
        break;
      case Whose::shared:
        add_jobs<Whose::shared>(session, name, query, source, list);
        break;
      case Whose::all:
        add_jobs<Whose::all>(session, name, query, source, list);
        break;
    }
  }
  if (sources.size() == 1 && query.phases.size() < 2) return list;
  std::sort(list.begin(), list.end(), newer);
  const auto same = [](const JobReference& a, const JobReference& b) { return a.id == b.id; };
  list.erase(std::unique(list.begin(), list.end(), same), list.end());  // one's own that one shares
  if (query.last && list.size() > static_cast<std::uint64_t>(*query.last)) list.resize(*query.last);
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
