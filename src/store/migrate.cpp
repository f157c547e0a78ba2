#include "store/migrate.h"

#include <set>

#include "util/log.h"
#include "util/random.h"
#include "util/time.h"

namespace store {
namespace {

Migration installation() {
  return {"store-1-installation", {"CREATE TABLE installation (id TEXT NOT NULL PRIMARY KEY)"}};
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
  transaction.lock("store:migrations");
  soci::session& sql = transaction.sql();
  const std::set<std::string> there = applied(sql);
  RETURN_IF_ERROR(refuse_newer(there, migrations));
  for (const Migration& migration : migrations) {
    if (there.count(migration.name) == 0) apply(sql, migration);
  }
  return installation_id(sql);
}

}  // namespace

util::Result<std::string> migrate(Connection& connection, const std::vector<Migration>& migrations) {
  std::vector<Migration> all{installation()};
  all.insert(all.end(), migrations.begin(), migrations.end());
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
