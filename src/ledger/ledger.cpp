#include "ledger/ledger.h"

#include <algorithm>
#include <limits>

#include "ledger/use.h"

namespace ledger {
namespace {

/// The value of the column `ends` for a hold without an end.
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

std::int64_t to_column(std::optional<util::Instant> instant) {
  return instant ? static_cast<std::int64_t>(instant->time_since_epoch().count()) : never;
}

util::Instant to_instant(std::int64_t column) { return util::Instant(std::chrono::milliseconds(column)); }

std::string lock_name(const std::string& engine) { return "ledger:" + engine; }

std::optional<Amount> capacity_of(soci::session& sql, const std::string& engine) {
  Amount capacity;
  sql << "SELECT millicores, memory_bytes, slots FROM ledger_capacities WHERE engine = :engine", soci::use(engine),
      soci::into(capacity.millicores), soci::into(capacity.memory_bytes), soci::into(capacity.slots);
  if (!sql.got_data()) return std::nullopt;
  return capacity;
}

/// The holds on an engine that overlap [from, to).
std::vector<Hold> holds_within(soci::session& sql, const std::string& engine, std::int64_t from, std::int64_t to) {
  Hold hold;
  hold.engine = engine;
  std::int64_t starts = 0;
  std::int64_t ends = 0;
  soci::statement statement =
      (sql.prepare << "SELECT id, millicores, memory_bytes, slots, starts, ends FROM ledger_holds "
                      "WHERE engine = :engine AND starts < :until AND ends > :since ORDER BY starts, id",
       soci::use(engine), soci::use(to), soci::use(from), soci::into(hold.id), soci::into(hold.amount.millicores),
       soci::into(hold.amount.memory_bytes), soci::into(hold.amount.slots), soci::into(starts), soci::into(ends));
  std::vector<Hold> found;
  statement.execute();
  while (statement.fetch()) {
    hold.from = to_instant(starts);
    hold.to = ends == never ? std::nullopt : std::optional(to_instant(ends));
    found.push_back(hold);
  }
  return found;
}

/// Negative when the capacity has become smaller than what is held.
Amount left(const Amount& capacity, const Amount& held) {
  return {capacity.millicores - held.millicores, capacity.memory_bytes - held.memory_bytes,
          capacity.slots - held.slots};
}

util::Result<Amount> left_on(soci::session& sql, const std::string& engine, util::Instant from,
                             std::optional<util::Instant> to) {
  const auto capacity = capacity_of(sql, engine);
  if (!capacity) {
    return util::Error::of(util::ErrorCode::not_found, "the engine \"" + engine + "\" has no capacity set");
  }
  return left(*capacity, most_held(holds_within(sql, engine, to_column(from), to_column(to)), from, to));
}

util::Status check(const Hold& hold) {
  const Amount& amount = hold.amount;
  if (amount.millicores < 0 || amount.memory_bytes < 0 || amount.slots < 0) {
    return util::Error::of(util::ErrorCode::invalid_argument,
                           util::Fault{"amount", "is less than nothing", "amounts from 0"});
  }
  if (hold.to && *hold.to <= hold.from) {
    return util::Error::of(util::ErrorCode::invalid_argument,
                           util::Fault{"to", "is not after from", "a later instant, or none"});
  }
  return {};
}

/// True when this hold exists already; `conflict` when its id exists with another engine or amount.
util::Result<bool> held_already(soci::session& sql, const Hold& hold) {
  std::string engine;
  Amount amount;
  sql << "SELECT engine, millicores, memory_bytes, slots FROM ledger_holds WHERE id = :id", soci::use(hold.id),
      soci::into(engine), soci::into(amount.millicores), soci::into(amount.memory_bytes), soci::into(amount.slots);
  if (!sql.got_data()) return false;
  if (engine == hold.engine && amount.fits(hold.amount) && hold.amount.fits(amount)) return true;
  return util::Error::of(util::ErrorCode::conflict, "the hold \"" + hold.id + "\" is there already, and differs");
}

void insert(soci::session& sql, const Hold& hold) {
  const std::int64_t starts = to_column(hold.from);
  const std::int64_t ends = to_column(hold.to);
  sql << "INSERT INTO ledger_holds (id, engine, millicores, memory_bytes, slots, starts, ends) "
         "VALUES (:id, :engine, :millicores, :memory_bytes, :slots, :starts, :ends)",
      soci::use(hold.id), soci::use(hold.engine), soci::use(hold.amount.millicores),
      soci::use(hold.amount.memory_bytes), soci::use(hold.amount.slots), soci::use(starts), soci::use(ends);
}

}  // namespace

std::vector<store::Migration> migrations() {
  return {{"ledger-1-holds",
           {"CREATE TABLE ledger_capacities (engine TEXT NOT NULL PRIMARY KEY, millicores BIGINT NOT NULL, "
            "memory_bytes BIGINT NOT NULL, slots BIGINT NOT NULL)",
            "CREATE TABLE ledger_holds (id TEXT NOT NULL PRIMARY KEY, engine TEXT NOT NULL, "
            "millicores BIGINT NOT NULL, memory_bytes BIGINT NOT NULL, slots BIGINT NOT NULL, "
            "starts BIGINT NOT NULL, ends BIGINT NOT NULL)",
            "CREATE INDEX ledger_holds_by_engine ON ledger_holds (engine, ends)"}}};
}

void set_capacity(store::Transaction& transaction, const std::string& engine, const Amount& capacity) {
  transaction.lock(lock_name(engine));
  transaction.sql() << "INSERT INTO ledger_capacities (engine, millicores, memory_bytes, slots) "
                       "VALUES (:engine, :millicores, :memory_bytes, :slots) "
                       "ON CONFLICT (engine) DO UPDATE SET millicores = excluded.millicores, "
                       "memory_bytes = excluded.memory_bytes, slots = excluded.slots",
      soci::use(engine), soci::use(capacity.millicores), soci::use(capacity.memory_bytes), soci::use(capacity.slots);
}

util::Result<bool> try_hold(store::Transaction& transaction, const Hold& hold) {
  RETURN_IF_ERROR(check(hold));
  transaction.lock(lock_name(hold.engine));
  ASSIGN_OR_RETURN(const bool held, held_already(transaction.sql(), hold));
  if (held) return true;
  ASSIGN_OR_RETURN(const Amount available, left_on(transaction.sql(), hold.engine, hold.from, hold.to));
  if (!hold.amount.fits(available)) return false;
  insert(transaction.sql(), hold);
  return true;
}

void end_hold(store::Transaction& transaction, const std::string& id) {
  transaction.sql() << "DELETE FROM ledger_holds WHERE id = :id", soci::use(id);
}

util::Result<Amount> free(store::Session& session, const std::string& engine, util::Instant from,
                          std::optional<util::Instant> to) {
  ASSIGN_OR_RETURN(const Amount available, left_on(session.sql(), engine, from, to));
  return Amount{std::max<std::int64_t>(available.millicores, 0), std::max<std::int64_t>(available.memory_bytes, 0),
                std::max<std::int64_t>(available.slots, 0)};
}

std::vector<Hold> holds(store::Session& session, const std::string& engine) {
  return holds_within(session.sql(), engine, std::numeric_limits<std::int64_t>::min(), never);
}

}  // namespace ledger
