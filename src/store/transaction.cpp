#include "store/advisory_lock.h"
#include "store/database.h"

namespace store {
void Transaction::lock(const std::string& name) {
  if (session_.dialect() == Dialect::sqlite) return;
  const long long number = lock_number(name);
  sql() << "SELECT pg_advisory_xact_lock(:number)", soci::use(number);
}

}  // namespace store
