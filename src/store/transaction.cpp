#include <cstdint>

#include "store/database.h"
#include "util/hash.h"

namespace store {
namespace {

/// PostgreSQL's advisory locks are numbers. Two names on one number only wait for each other needlessly.
long long lock_number(const std::string& name) {
  std::uint64_t number = 0;
  const std::string hash = util::sha256(name);
  for (std::size_t i = 0; i < sizeof(number); ++i) number = (number << 8U) | static_cast<unsigned char>(hash[i]);
  return static_cast<long long>(number);
}

}  // namespace

void Transaction::lock(const std::string& name) {
  if (session_.dialect() == Dialect::sqlite) return;
  const long long number = lock_number(name);
  sql() << "SELECT pg_advisory_xact_lock(:number)", soci::use(number);
}

}  // namespace store
