#include "uws/core/job_list.h"

#include <algorithm>
#include <array>
#include <compare>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <span>

#include "util/text.h"
#include "uws/core/columns.h"

namespace uws {
namespace {

using soci::into;
using soci::use;

/// A part of a list that one index has in the order of the answer. No job is in two branches of a query.
struct Branch {
  enum class Whose { own, shared, all };
  Whose whose = Whose::own;
  std::string who;             // the owner, or the group
  std::optional<Phase> phase;  // absent: the phases of the query; if it has none, all but ARCHIVED
  std::optional<std::string> run_id;
};

/// What the text of a branch in a statement depends on.
struct Shape {
  Branch::Whose whose = Branch::Whose::own;
  enum class Of { unarchived, one_phase, run_id, run_id_and_phases };
  Of of = Of::unarchived;

  auto operator<=>(const Shape&) const = default;
};
using Shapes = std::vector<Shape>;

/// Branches in one statement. SQLite's limit is 500, and many branches are slow to plan for PostgreSQL.
constexpr std::size_t most_branches = 200;
/// Statements with more branches are rare: they are prepared for one use and not kept.
constexpr std::size_t most_kept_branches = 40;
constexpr std::size_t most_kept_statements = 50;

constexpr std::array<Phase, 9> unarchived{Phase::pending,   Phase::queued, Phase::executing,
                                          Phase::completed, Phase::error,  Phase::aborted,
                                          Phase::unknown,   Phase::held,   Phase::suspended};
constexpr std::size_t all_phases = unarchived.size() + 1;

std::vector<Phase> phases_of(const ListQuery& query) {
  const std::set<Phase> asked(query.phases.begin(), query.phases.end());
  return {asked.begin(), asked.end()};
}

Shape shape_of(const Branch& branch, const ListQuery& query) {
  using Of = Shape::Of;
  if (!branch.run_id) return {branch.whose, branch.phase ? Of::one_phase : Of::unarchived};
  return {branch.whose, query.phases.empty() ? Of::run_id : Of::run_id_and_phases};
}

/// For the caller's own jobs and for those of each group: a branch for each RUNID of the query, or else for each phase.
std::vector<Branch> branches_of(const ListQuery& query) {
  const Caller& caller = query.caller;
  const std::vector<Phase> asked = phases_of(query);
  const std::set<std::string> run_ids(query.run_ids.begin(), query.run_ids.end());
  std::vector<Branch> branches;
  const auto add = [&](Branch::Whose whose, const std::string& who) {
    for (const std::string& run_id : run_ids) branches.push_back({whose, who, std::nullopt, run_id});
    if (!run_ids.empty()) return;
    // The index for administrators has the phase in its key. There is none without it, to keep insertions fast.
    if (asked.empty() && whose != Branch::Whose::all)
      return branches.push_back({whose, who, std::nullopt, std::nullopt});
    const std::span<const Phase> phases = asked.empty() ? std::span<const Phase>(unarchived) : asked;
    for (const Phase phase : phases) branches.push_back({whose, who, phase, std::nullopt});
  };
  if (caller.administrator) {
    add(Branch::Whose::all, {});
    return branches;
  }
  add(Branch::Whose::own, to_column(caller.user));
  const std::set<std::string> groups(caller.groups.begin(), caller.groups.end());
  for (const std::string& group : groups) add(Branch::Whose::shared, group);
  return branches;
}

/// A statement over some branches. The database merges them, and reads no more of each than the answer needs.
class ListReader {
 public:
  ListReader(store::Session& session, const Shapes& shapes) : branches_(shapes.size()), select_(session.sql()) {
    select_.exchange(into(id_));
    select_.exchange(into(owner_));
    select_.exchange(into(run_id_.value, run_id_.indicator));
    select_.exchange(into(phase_));
    select_.exchange(into(creation_time_));
    // Without a LIMIT in each branch, PostgreSQL would read and sort whole branches. SQLite uses the order of an index
    // only if the branch is no subquery.
    const bool limit_each = shapes.size() > 1 && session.dialect() == store::Dialect::postgresql;
    std::string text;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      if (i > 0) text += " UNION ALL ";
      if (limit_each) text += "SELECT * FROM (";
      add_branch(text, shapes[i], branches_[i]);
      if (limit_each) text += ordered() + ") AS branch" + std::to_string(i);
    }
    text += ordered();
    select_.alloc();
    select_.prepare(text);
    select_.define_and_bind();
  }
  ListReader(const ListReader&) = delete;  // the statement is bound to members of this object
  ListReader& operator=(const ListReader&) = delete;

  void read_to(std::vector<JobReference>& jobs, const ListName& name, const ListQuery& query,
               std::span<const Branch> branches) {
    list_ = name;
    caller_ = to_column(query.caller.user);
    const std::vector<Phase> phases = phases_of(query);
    for (std::size_t i = 0; !phases.empty() && i < all_phases; ++i) {
      phases_.at(i) = to_string(phases[std::min(i, phases.size() - 1)]);
    }
    after_ = query.after ? to_column(*query.after) : std::numeric_limits<long long>::min();
    until_ = query.beyond ? to_column(query.beyond->creation_time) : std::numeric_limits<long long>::max();
    beyond_ = query.beyond ? query.beyond->id : std::string();
    last_ = query.last.value_or(std::numeric_limits<long long>::max());
    for (std::size_t i = 0; i < branches.size(); ++i) {
      const Branch& branch = branches[i];
      branches_[i] = {branch.who, std::string(branch.phase ? to_string(*branch.phase) : std::string_view()),
                      branch.run_id.value_or(std::string())};
    }
    for_each_row(select_, [&] {
      jobs.push_back({id_, run_id_.get(), to_owner(owner_), to_phase(phase_), to_instant(creation_time_)});
    });
  }

 private:
  struct BranchValues {
    std::string who;
    std::string phase;
    std::string run_id;
  };

  template <typename T>
  std::string bound(T& value) {
    select_.exchange(use(value));
    return ":v" + std::to_string(names_++);
  }
  std::string ordered() { return " ORDER BY creation_time DESC, id LIMIT " + bound(last_); }
  void add_branch(std::string& text, const Shape& shape, BranchValues& values) {
    using Of = Shape::Of;
    text += "SELECT id, owner, run_id, phase, creation_time FROM jobs WHERE destroyed = 0";
    if (shape.whose == Branch::Whose::own) text += " AND owner = " + bound(values.who);
    if (shape.whose == Branch::Whose::shared) {
      text += " AND shared_with = " + bound(values.who);
      text += " AND owner <> " + bound(caller_);  // such jobs are in the branch of own jobs
    }
    text += " AND list = " + bound(list_);
    if (shape.of == Of::run_id || shape.of == Of::run_id_and_phases) text += " AND run_id = " + bound(values.run_id);
    if (shape.of == Of::one_phase) {
      text += " AND phase = " + bound(values.phase);
    } else if (shape.of == Of::run_id_and_phases) {
      for (std::size_t i = 0; i < all_phases; ++i) text += (i == 0 ? " AND phase IN (" : ", ") + bound(phases_.at(i));
      text += ")";
    } else {
      text += " AND phase <> 'ARCHIVED'";
    }
    // The index finds the jobs created up to the time of the previous page's last job. Jobs of that very millisecond
    // are ordered by id, and the last condition excludes those that the previous page had.
    text += " AND creation_time > " + bound(after_);
    text += " AND creation_time <= " + bound(until_);
    text += " AND (creation_time < " + bound(until_);
    text += " OR id > " + bound(beyond_) + ")";
  }

  std::vector<BranchValues> branches_;
  std::array<std::string, all_phases> phases_;  // filled up by repeating the last phase
  std::size_t names_ = 0;
  std::string list_;
  std::string caller_;
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

/// The prepared list statements of one connection.
class ListReaders {
 public:
  explicit ListReaders(soci::session& /*sql*/) {}

  void read_to(std::vector<JobReference>& jobs, store::Session& session, const ListName& name, const ListQuery& query,
               std::span<const Branch> branches) {
    Shapes shapes;
    for (const Branch& branch : branches) shapes.push_back(shape_of(branch, query));
    if (shapes.size() > most_kept_branches) {
      return ListReader(session, shapes).read_to(jobs, name, query, branches);
    }
    if (kept_.size() >= most_kept_statements && !kept_.contains(shapes)) kept_.erase(kept_.begin());  // any one
    auto& reader = kept_[shapes];
    if (!reader) reader = std::make_unique<ListReader>(session, shapes);
    reader->read_to(jobs, name, query, branches);
  }

 private:
  std::map<Shapes, std::unique_ptr<ListReader>> kept_;
};

bool newer(const JobReference& a, const JobReference& b) {
  if (a.creation_time != b.creation_time) return a.creation_time > b.creation_time;
  return a.id < b.id;
}

struct QueueReader {
  explicit QueueReader(soci::session& sql)
      // The index finds the jobs queued from `since` on. Jobs of that very millisecond are ordered by id, and the last
      // condition excludes those that were read before.
      : select((sql.prepare << "SELECT queued_time, id FROM jobs WHERE phase = 'QUEUED' AND claimed = 0"
                               " AND destroyed = 0 AND queued_time >= :since AND (queued_time > :after OR id > :beyond)"
                               " ORDER BY queued_time, id LIMIT :at_most",
                into(time), into(id), use(since), use(since), use(beyond), use(at_most))) {}

  long long since = 0;
  std::string beyond;
  long long at_most = 0;
  long long time = 0;
  std::string id;
  soci::statement select;
};

/// Reads several jobs with their parameters by one statement, because on PostgreSQL each statement costs a round trip.
struct QueuedJobReader {
  explicit QueuedJobReader(soci::session& sql) : select(sql) {
    // Whether a job is queued is selected and no condition, so that the database uses no other index than that of ids.
    std::string text =
        "SELECT j.id, j.list, j.owner, COALESCE(j.queued_time, 0), j.execution_duration,"
        " CASE WHEN j.phase = 'QUEUED' AND j.claimed = 0 AND j.destroyed = 0 THEN 1 ELSE 0 END,"
        " p.name, p.value, p.by_reference FROM jobs j LEFT JOIN job_parameters p ON p.job_id = j.id WHERE j.id IN (";
    select.exchange(into(id));
    select.exchange(into(list));
    select.exchange(into(owner));
    select.exchange(into(time));
    select.exchange(into(execution_duration));
    select.exchange(into(is_queued));
    select.exchange(into(name.value, name.indicator));
    select.exchange(into(value.value, value.indicator));
    select.exchange(into(by_reference.value, by_reference.indicator));
    for (std::string& one : wanted) {
      text.append(text.ends_with('(') ? ":v" : ", :v").append(std::to_string(&one - wanted.data()));
      select.exchange(use(one));
    }
    select.alloc();
    select.prepare(text + ") ORDER BY j.id, p.ordinal");
    select.define_and_bind();
  }
  QueuedJobReader(const QueuedJobReader&) = delete;  // the statement is bound to members of this object
  QueuedJobReader& operator=(const QueuedJobReader&) = delete;

  void read_to(std::vector<QueuedJob>& jobs) {
    for_each_row(select, [&] {
      if (is_queued == 0) return;
      if (jobs.empty() || jobs.back().place.id != id) {
        jobs.push_back({{to_instant(time), id}, list, to_owner(owner), std::chrono::seconds(execution_duration), {}});
      }
      if (!name.get()) return;  // the job has no parameters
      Parameter parameter;
      parameter.name = name.value;
      parameter.value = value.get().value_or(std::string());
      parameter.by_reference = by_reference.get().value_or(0) != 0;
      jobs.back().parameters.push_back(std::move(parameter));
    });
  }

  std::array<std::string, 32> wanted;
  std::string id;
  std::string list;
  std::string owner;
  long long time = 0;
  long long execution_duration = 0;
  int is_queued = 0;
  Nullable<std::string> name;
  Nullable<std::string> value;
  Nullable<int> by_reference;
  soci::statement select;
};

/// The ids that a statement selects. Its only bound value is `at_most`, for LIMIT.
std::vector<JobId> ids(store::Session& session, const std::string& statement, std::size_t at_most) {
  const auto limit = static_cast<long long>(at_most);
  const soci::rowset<std::string> rows = (session.sql().prepare << statement, use(limit));
  return {rows.begin(), rows.end()};
}

}  // namespace

bool is_one_statement(const ListQuery& query) { return branches_of(query).size() <= most_branches; }

std::vector<JobReference> list_jobs(store::Session& session, const ListName& name, const ListQuery& query) {
  std::vector<JobReference> jobs;
  const std::vector<Branch> branches = branches_of(query);
  auto& readers = session.local<ListReaders>();
  for (std::size_t done = 0; done < branches.size(); done += most_branches) {
    const std::span<const Branch> all(branches);
    readers.read_to(jobs, session, name, query, all.subspan(done, std::min(most_branches, branches.size() - done)));
  }
  if (branches.size() <= most_branches) return jobs;  // the statement has sorted them
  std::sort(jobs.begin(), jobs.end(), newer);
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

std::vector<QueuePlace> queued_jobs(store::Session& session, const QueuePlace& after, std::size_t at_most) {
  auto& reader = session.local<QueueReader>();
  reader.since = to_column(after.time);
  reader.beyond = after.id;
  reader.at_most = static_cast<long long>(at_most);
  std::vector<QueuePlace> places;
  for_each_row(reader.select, [&] { places.push_back({to_instant(reader.time), reader.id}); });
  return places;
}

std::vector<QueuedJob> read_queued(store::Session& session, const std::vector<JobId>& ids) {
  auto& reader = session.local<QueuedJobReader>();
  std::vector<QueuedJob> jobs;
  for (std::size_t done = 0; done < ids.size(); done += reader.wanted.size()) {
    for (std::size_t i = 0; i < reader.wanted.size(); ++i) {
      reader.wanted.at(i) = done + i < ids.size() ? ids[done + i] : JobId();
    }
    reader.read_to(jobs);
  }
  return jobs;
}

std::vector<ClaimedJob> claimed_jobs(store::Session& session) {
  ClaimedJob job;
  long long fence = 0;
  int destroyed = 0;
  Nullable<long long> abort_time;
  soci::statement select =
      (session.sql().prepare << "SELECT id, fence, destroyed, abort_time FROM jobs WHERE claimed = 1 ORDER BY id",
       into(job.id), into(fence), into(destroyed), into(abort_time.value, abort_time.indicator));
  std::vector<ClaimedJob> jobs;
  for_each_row(select, [&] {
    job.fence = fence;
    job.destroyed = destroyed != 0;
    job.abort_wanted = abort_time.get().has_value();
    jobs.push_back(job);
  });
  return jobs;
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
