#include "uws/core/job_list.h"

#include <algorithm>
#include <compare>
#include <limits>
#include <map>
#include <memory>

#include "util/text.h"
#include "uws/core/columns.h"

namespace uws {
namespace {

using soci::into;
using soci::use;

/// What a statement of the list asks for.
struct Shape {
  enum class Whose { own, shared, all };
  Whose whose = Whose::own;
  bool of_phase = false;
  bool of_run_id = false;

  auto operator<=>(const Shape&) const = default;
};

std::string text_of(const Shape& shape) {
  std::string text = "SELECT id, owner, run_id, phase, creation_time FROM jobs WHERE destroyed = 0";
  if (shape.whose == Shape::Whose::own) text += " AND owner = :who";
  if (shape.whose == Shape::Whose::shared) text += " AND shared_with = :who";
  text += " AND list = :list";
  text += shape.of_phase ? " AND phase = :wanted_phase" : " AND phase <> 'ARCHIVED'";
  if (shape.of_run_id) text += " AND run_id = :wanted_run_id";
  // The second half of it is of one millisecond only: the index gives the first.
  text += " AND creation_time > :after AND creation_time <= :until AND (creation_time < :before OR id > :beyond)";
  return text + " ORDER BY creation_time DESC, id LIMIT :last";
}

/// A prepared statement of the list, and what it binds.
class ListReader {
 public:
  ListReader(soci::session& sql, const Shape& shape) : select_(sql) {
    select_.exchange(into(id_));
    select_.exchange(into(owner_));
    select_.exchange(into(run_id_.value, run_id_.indicator));
    select_.exchange(into(phase_));
    select_.exchange(into(creation_time_));
    if (shape.whose != Shape::Whose::all) select_.exchange(use(who, "who"));
    select_.exchange(use(list, "list"));
    if (shape.of_phase) select_.exchange(use(wanted_phase, "wanted_phase"));
    if (shape.of_run_id) select_.exchange(use(wanted_run_id, "wanted_run_id"));
    select_.exchange(use(after_, "after"));
    select_.exchange(use(until_, "until"));
    select_.exchange(use(until_, "before"));
    select_.exchange(use(beyond_, "beyond"));
    select_.exchange(use(last_, "last"));
    select_.alloc();
    select_.prepare(text_of(shape));
    select_.define_and_bind();
  }

  void set(const ListQuery& query) {
    after_ = query.after ? to_column(*query.after) : std::numeric_limits<long long>::min();
    until_ = query.beyond ? to_column(query.beyond->creation_time) : std::numeric_limits<long long>::max();
    beyond_ = query.beyond ? query.beyond->id : std::string();
    last_ = query.last.value_or(std::numeric_limits<long long>::max());
  }
  void read_to(std::vector<JobReference>& jobs) {
    for_each_row(select_, [&] {
      jobs.push_back({id_, run_id_.get(), to_owner(owner_), to_phase(phase_), to_instant(creation_time_)});
    });
  }

  std::string who;  // the owner, or the group
  std::string list;
  std::string wanted_phase;
  std::string wanted_run_id;

 private:
  long long after_ = 0;
  long long until_ = 0;
  std::string beyond_;
  long long last_ = 0;
  std::string id_;
  std::string owner_;
  Nullable<std::string> run_id_;
  std::string phase_;
  long long creation_time_ = 0;
  soci::statement select_;
};

/// Of one connection.
class ListReaders {
 public:
  explicit ListReaders(soci::session& sql) : sql_(sql) {}

  ListReader& of(const Shape& shape) {
    auto& reader = readers_[shape];
    if (!reader) reader = std::make_unique<ListReader>(sql_, shape);
    return *reader;
  }

 private:
  soci::session& sql_;
  std::map<Shape, std::unique_ptr<ListReader>> readers_;
};

/// Reads once for each value, or once when there is none.
template <typename Values, typename Read>
void for_each_or_once(const Values& values, Read read) {
  if (values.empty()) read(typename Values::value_type{});
  for (const auto& value : values) read(value);
}

/// The newest of each phase and of each RUNID hold the newest of all of them.
void add_jobs(store::Session& session, const ListName& name, const ListQuery& query, Shape::Whose whose,
              const std::string& who, std::vector<JobReference>& jobs) {
  ListReader& reader = session.local<ListReaders>().of({whose, !query.phases.empty(), !query.run_ids.empty()});
  reader.set(query);
  reader.list = name;
  reader.who = who;
  for_each_or_once(query.phases, [&](Phase phase) {
    reader.wanted_phase = to_string(phase);
    for_each_or_once(query.run_ids, [&](const std::string& run_id) {
      reader.wanted_run_id = run_id;
      reader.read_to(jobs);
    });
  });
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

bool is_one_statement(const ListQuery& query) {
  return (query.caller.administrator || query.caller.groups.empty()) && query.phases.size() < 2 &&
         query.run_ids.size() < 2;
}

std::vector<JobReference> list_jobs(store::Session& session, const ListName& name, const ListQuery& query) {
  std::vector<JobReference> jobs;
  const Caller& caller = query.caller;
  if (caller.administrator) {
    add_jobs(session, name, query, Shape::Whose::all, {}, jobs);
  } else {
    add_jobs(session, name, query, Shape::Whose::own, to_column(caller.user), jobs);
    for (const std::string& group : caller.groups) add_jobs(session, name, query, Shape::Whose::shared, group, jobs);
  }
  if (is_one_statement(query)) return jobs;  // and sorted
  std::sort(jobs.begin(), jobs.end(), newer);
  const auto same = [](const JobReference& a, const JobReference& b) { return a.id == b.id; };
  jobs.erase(std::unique(jobs.begin(), jobs.end(), same), jobs.end());  // a word twice; one's own that one shares
  if (query.last && jobs.size() > static_cast<std::uint64_t>(*query.last)) jobs.resize(*query.last);
  return jobs;
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
