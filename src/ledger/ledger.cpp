#include "ledger/ledger.h"

#include <algorithm>
#include <limits>

#include "data/node.h"
#include "ledger/use.h"

namespace ledger {
namespace {

using soci::into;
using soci::use;

/// The value of the column `ends` for a hold without an end.
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
/// For how much longer a hold that is overdue, and does not expire, is expected to last.
constexpr std::chrono::minutes overdue{1};

std::int64_t to_column(std::optional<util::Instant> instant) {
  return instant ? static_cast<std::int64_t>(instant->time_since_epoch().count()) : never;
}

util::Instant to_instant(std::int64_t column) { return util::Instant(std::chrono::milliseconds(column)); }

std::string lock_name(const std::string& engine) { return "ledger:" + engine; }

/// The columns of Resources. `others` is a JSON object of numbers, or empty.
struct ResourceColumns {
  std::int64_t millicores = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t slots = 0;
  std::string others;

  ResourceColumns() = default;
  explicit ResourceColumns(const Resources& resources)
      : millicores(resources.millicores), memory_bytes(resources.memory_bytes), slots(resources.slots) {
    if (resources.others.empty()) return;
    data::Node node = data::Node::object();
    for (const auto& [name, amount] : resources.others) node.set(name, data::Node::plain(std::to_string(amount)));
    others = data::to_json(node);
  }
  Resources resources() const {
    Resources found{millicores, memory_bytes, slots, {}};
    if (others.empty()) return found;
    const auto node = data::parse_json(others);
    if (!node.ok()) return found;
    for (const auto& [name, amount] : node->members()) found.others[name] = amount.as_int().value_or(0);
    return found;
  }
};

std::optional<Resources> capacity_of(soci::session& sql, const std::string& engine) {
  ResourceColumns columns;
  sql << "SELECT millicores, memory_bytes, slots, others FROM ledger_capacities WHERE engine = :engine", use(engine),
      into(columns.millicores), into(columns.memory_bytes), into(columns.slots), into(columns.others);
  if (!sql.got_data()) return std::nullopt;
  return columns.resources();
}

constexpr auto hold_columns = "id, engine, millicores, memory_bytes, slots, others, starts, ends, expires";

struct HoldColumns {
  Hold hold;
  ResourceColumns resources;
  std::int64_t starts = 0;
  std::int64_t ends = 0;
  int expires = 0;

  /// Binds the members to hold_columns, in that order.
  void bind(soci::statement& statement) {
    statement.exchange(into(hold.id));
    statement.exchange(into(hold.engine));
    statement.exchange(into(resources.millicores));
    statement.exchange(into(resources.memory_bytes));
    statement.exchange(into(resources.slots));
    statement.exchange(into(resources.others));
    statement.exchange(into(starts));
    statement.exchange(into(ends));
    statement.exchange(into(expires));
  }
  Hold read() const {
    Hold found = hold;
    found.resources = resources.resources();
    found.from = to_instant(starts);
    found.to = ends == never ? std::nullopt : std::optional(to_instant(ends));
    found.expires = expires != 0;
    return found;
  }
};

/// The holds that a condition selects. `bind_values` binds the values of the condition.
template <typename BindValues>
std::vector<Hold> select_holds(soci::session& sql, const std::string& condition, BindValues bind_values) {
  HoldColumns columns;
  soci::statement statement(sql);
  columns.bind(statement);
  bind_values(statement);
  statement.alloc();
  statement.prepare(std::string("SELECT ") + hold_columns + " FROM ledger_holds WHERE " + condition);
  statement.define_and_bind();
  std::vector<Hold> found;
  statement.execute();
  while (statement.fetch()) found.push_back(columns.read());
  return found;
}

/// The holds on an engine that may overlap [from, to): those that do not expire may last longer than they say.
std::vector<Hold> holds_within(soci::session& sql, const std::string& engine, std::int64_t from, std::int64_t to) {
  return select_holds(sql,
                      "engine = :engine AND starts < :until AND (ends > :since OR expires = 0) ORDER BY starts, id",
                      [&](soci::statement& statement) {
                        statement.exchange(use(engine));
                        statement.exchange(use(to));
                        statement.exchange(use(from));
                      });
}

std::optional<Hold> find_hold(soci::session& sql, const std::string& id) {
  auto found = select_holds(sql, "id = :id", [&](soci::statement& statement) { statement.exchange(use(id)); });
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

/// Negative when the capacity has become smaller than what is held. `except`: the id of a hold that is not counted.
util::Result<Resources> left_on(soci::session& sql, const std::string& engine, util::Instant from,
                                std::optional<util::Instant> to, util::Instant now, const std::string& except = {}) {
  const auto capacity = capacity_of(sql, engine);
  if (!capacity) {
    return util::Error::of(util::ErrorCode::not_found, "the engine \"" + engine + "\" has no capacity set");
  }
  std::vector<Hold> holds = holds_within(sql, engine, to_column(from), to_column(to));
  std::erase_if(holds, [&](const Hold& hold) { return hold.id == except; });
  return *capacity - most_held(holds, from, to, now);
}

util::Status check_end(const Hold& hold) {
  if (!hold.to || *hold.to > hold.from) return {};
  return util::Error::of(util::ErrorCode::invalid_argument,
                         util::Fault{"to", "is not after from", "a later instant, or none"});
}

util::Status check(const Hold& hold) {
  if (hold.resources.is_negative()) {
    return util::Error::of(util::ErrorCode::invalid_argument,
                           util::Fault{"resources", "are less than nothing", "amounts from 0"});
  }
  return check_end(hold);
}

void insert(soci::session& sql, const Hold& hold) {
  const ResourceColumns resources(hold.resources);
  const std::int64_t starts = to_column(hold.from);
  const std::int64_t ends = to_column(hold.to);
  const int expires = hold.expires ? 1 : 0;
  sql << "INSERT INTO ledger_holds (id, engine, millicores, memory_bytes, slots, others, starts, ends, expires) "
         "VALUES (:id, :engine, :millicores, :memory_bytes, :slots, :others, :starts, :ends, :expires)",
      use(hold.id), use(hold.engine), use(resources.millicores), use(resources.memory_bytes), use(resources.slots),
      use(resources.others), use(starts), use(ends), use(expires);
}

}  // namespace

std::optional<util::Instant> Hold::ends(util::Instant now) const {
  if (!to || expires || *to > now) return to;
  return now + overdue;
}

std::vector<store::Migration> migrations() {
  return {{"ledger-1-holds",
           {"CREATE TABLE ledger_capacities (engine TEXT NOT NULL PRIMARY KEY, millicores BIGINT NOT NULL, "
            "memory_bytes BIGINT NOT NULL, slots BIGINT NOT NULL)",
            "CREATE TABLE ledger_holds (id TEXT NOT NULL PRIMARY KEY, engine TEXT NOT NULL, "
            "millicores BIGINT NOT NULL, memory_bytes BIGINT NOT NULL, slots BIGINT NOT NULL, "
            "starts BIGINT NOT NULL, ends BIGINT NOT NULL)",
            "CREATE INDEX ledger_holds_by_engine ON ledger_holds (engine, ends)"}},
          {"ledger-2-others",
           {"ALTER TABLE ledger_capacities ADD COLUMN others TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ledger_holds ADD COLUMN others TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ledger_holds ADD COLUMN expires INTEGER NOT NULL DEFAULT 0",
            "CREATE INDEX ledger_holds_that_last ON ledger_holds (engine, starts) WHERE expires = 0"}}};
}

void set_capacity(store::Transaction& transaction, const std::string& engine, const Resources& capacity) {
  transaction.lock(lock_name(engine));
  const ResourceColumns columns(capacity);
  transaction.sql() << "INSERT INTO ledger_capacities (engine, millicores, memory_bytes, slots, others) "
                       "VALUES (:engine, :millicores, :memory_bytes, :slots, :others) "
                       "ON CONFLICT (engine) DO UPDATE SET millicores = excluded.millicores, "
                       "memory_bytes = excluded.memory_bytes, slots = excluded.slots, others = excluded.others",
      use(engine), use(columns.millicores), use(columns.memory_bytes), use(columns.slots), use(columns.others);
}

util::Result<bool> try_hold(store::Transaction& transaction, const Hold& hold, util::Instant now) {
  RETURN_IF_ERROR(check(hold));
  transaction.lock(lock_name(hold.engine));
  if (const auto there = find_hold(transaction.sql(), hold.id)) {
    const bool same = there->engine == hold.engine && there->resources == hold.resources && there->from == hold.from &&
                      there->to == hold.to && there->expires == hold.expires;
    if (same) return true;
    return util::Error::of(util::ErrorCode::conflict, "the hold \"" + hold.id + "\" is there already, and differs");
  }
  ASSIGN_OR_RETURN(const Resources left, left_on(transaction.sql(), hold.engine, hold.from, hold.to, now));
  if (!hold.resources.fits(left)) return false;
  insert(transaction.sql(), hold);
  return true;
}

util::Result<bool> extend(store::Transaction& transaction, const std::string& id, std::optional<util::Instant> to,
                          util::Instant now) {
  auto hold = find_hold(transaction.sql(), id);
  if (hold) {
    transaction.lock(lock_name(hold->engine));
    hold = find_hold(transaction.sql(), id);  // it may have changed before the lock was taken
  }
  if (!hold) return util::Error::of(util::ErrorCode::not_found, "there is no hold \"" + id + "\"");
  hold->to = to;
  RETURN_IF_ERROR(check_end(*hold));
  ASSIGN_OR_RETURN(const Resources left, left_on(transaction.sql(), hold->engine, hold->from, to, now, id));
  if (!hold->resources.fits(left)) return false;
  expect_end(transaction, id, to);
  return true;
}

void expect_end(store::Transaction& transaction, const std::string& id, std::optional<util::Instant> to) {
  const std::int64_t ends = to_column(to);
  transaction.sql() << "UPDATE ledger_holds SET ends = :ends WHERE id = :id", use(ends), use(id);
}

bool transfer(store::Transaction& transaction, const std::string& id, const std::string& to_id, bool expires) {
  const int flag = expires ? 1 : 0;
  soci::statement update =
      (transaction.sql().prepare << "UPDATE ledger_holds SET id = :to_id, expires = :expires WHERE id = :id",
       use(to_id), use(flag), use(id));
  update.execute(true);
  return update.get_affected_rows() > 0;
}

void end_hold(store::Transaction& transaction, const std::string& id) {
  transaction.sql() << "DELETE FROM ledger_holds WHERE id = :id", use(id);
}

util::Result<Resources> free(store::Session& session, const std::string& engine, util::Instant from,
                             std::optional<util::Instant> to, util::Instant now) {
  ASSIGN_OR_RETURN(Resources left, left_on(session.sql(), engine, from, to, now));
  left.raise_to({0, 0, 0, {}});
  return left;
}

std::vector<Hold> holds(store::Session& session, const std::string& engine) {
  return holds_within(session.sql(), engine, std::numeric_limits<std::int64_t>::min(), never);
}

}  // namespace ledger
