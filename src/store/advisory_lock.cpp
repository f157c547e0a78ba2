#include "store/advisory_lock.h"

#include <cstdint>

#include "util/hash.h"

namespace store {

long long lock_number(const std::string& name) {
  std::uint64_t number = 0;
  const std::string hash = util::sha256(name);
  for (std::size_t i = 0; i < sizeof(number); ++i) number = (number << 8U) | static_cast<unsigned char>(hash[i]);
  return static_cast<long long>(number);
}

std::string select_holder(long long number) {
  const auto bits = static_cast<std::uint64_t>(number);
  return "SELECT a.application_name, CAST(COALESCE(EXTRACT(EPOCH FROM a.backend_start), 0) * 1000 AS BIGINT) "
         "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
         "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database() "
         "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.classid = " +
         std::to_string(bits >> 32U) + " AND l.objid = " + std::to_string(bits & 0xFFFFFFFFU) +
         " ORDER BY a.backend_start LIMIT 1";
}

}  // namespace store
