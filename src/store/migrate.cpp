#include "store/migrate.h"

#include <chrono>
#include <set>

#include "store/advisory_lock.h"
#include "store/holder.h"
#include "util/log.h"
#include "util/random.h"
#include "util/time.h"

namespace store {
namespace {

std::vector<Migration> own_migrations() {
  return {{"store-1-installation", {"CREATE TABLE installation (id TEXT NOT NULL PRIMARY KEY)"}},
          // One row: the service that leads or led last, and how often that has changed.
          {"store-2-leadership",
           {"CREATE TABLE leadership (term BIGINT NOT NULL, service TEXT NOT NULL)",
            "INSERT INTO leadership (term, service) VALUES (0, '')"}}};
}

std::set<std::string> applied(soci::session& sql) {
  sql << "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)";
  const soci::rowset<std::string> names = (sql.prepare << "SELECT name FROM schema_migrations");
  return {names.begin(), names.end()};
}

util::Status refuse_newer(std::set<std::string> there, const std::vector<Migration>& ours) {
  for (const Migration& migration : ours) there.erase(migration.name);
  if (there.empty()) return {};
  return util::Error::of(util::ErrorCode::unsupported,
                         "the database was used by a newer version of this program: it has the migration \"" +
                             *there.begin() + "\"; use that version or a later one, or another database");
}

/// Locks the schema exclusively until the end of the transaction. `conflict` names a service that is using it.
util::Status have_schema_alone(Transaction& transaction, const std::string& missing) {
  if (transaction.session().dialect() == Dialect::sqlite) return {};  // the lock file lets in only one process
  const long long number = lock_number(schema_lock);
  int is_alone = 0;
  transaction.sql() << "SELECT CASE WHEN pg_try_advisory_xact_lock(:number) THEN 1 ELSE 0 END", soci::use(number),
      soci::into(is_alone);
  if (is_alone == 1) return {};
  std::string who;
  soci::indicator has_name = soci::i_null;
  long long since = 0;
  transaction.sql() << select_holder(number), soci::into(who, has_name), soci::into(since);
  if (has_name != soci::i_ok) who.clear();
  return util::Error::of(
      util::ErrorCode::conflict,
      "the database has yet to be changed for this version of the program (\"" + missing +
          "\"), and another service uses it: " + holder_since(who, util::Instant(std::chrono::milliseconds(since))) +
          "; end that service first");
}

void apply(soci::session& sql, const Migration& migration) {
  for (const std::string& statement : migration.statements) sql << statement;
  const long long now = util::now().time_since_epoch().count();
  sql << "INSERT INTO schema_migrations (name, applied_at) VALUES (:name, :now)", soci::use(migration.name),
      soci::use(now);
  util::log_info("schema migrated", {{"migration", migration.name}});
}

std::string installation_id(soci::session& sql) {
  std::string id;
  sql << "SELECT id FROM installation", soci::into(id);
  if (sql.got_data()) return id;
  id = util::random_id();
  sql << "INSERT INTO installation (id) VALUES (:id)", soci::use(id);
  return id;
}

util::Result<std::string> migrate_locked(Transaction& transaction, const std::vector<Migration>& migrations) {
  transaction.lock(migrations_lock);
  soci::session& sql = transaction.sql();
  const std::set<std::string> there = applied(sql);
  RETURN_IF_ERROR(refuse_newer(there, migrations));
  bool is_alone = false;
  for (const Migration& migration : migrations) {
    if (there.count(migration.name) != 0) continue;
    if (!is_alone) RETURN_IF_ERROR(have_schema_alone(transaction, migration.name));
    is_alone = true;
    apply(sql, migration);
  }
  return installation_id(sql);
}

}  // namespace

std::vector<Migration> with_own(const std::vector<Migration>& migrations) {
  std::vector<Migration> all = own_migrations();
  all.insert(all.end(), migrations.begin(), migrations.end());
  return all;
}

util::Result<std::string> migrate(Connection& connection, const std::vector<Migration>& all) {
  try {
    connection.begin();
    Transaction transaction(connection.session());
    auto id = migrate_locked(transaction, all);
    if (id.ok()) {
      connection.commit();
    } else {
      connection.rollback();
    }
    return id;
  } catch (...) {
    const Failure failure = connection.failed(std::current_exception());
    util::Error error = to_error(failure);
    error.message = "cannot bring the database's schema up to date: " + failure.text;
    return error;
  }
}

}  // namespace store
