#include "store/committed_state.h"

namespace store {
namespace {

/// A snapshot tells which transactions had ended, for any transaction that writes has a number (PostgreSQL's manual,
/// "Transaction ID and Snapshot Information Functions"). A server that takes over from another one could give the same
/// numbers to other transactions; so the time when the server of this connection was started belongs to the state.
struct SnapshotReader {
  explicit SnapshotReader(soci::session& sql)
      : select((sql.prepare << "SELECT pg_current_snapshot()::text", soci::into(snapshot))) {
    sql << "SELECT pg_postmaster_start_time()::text", soci::into(started);
  }

  std::string started;
  std::string snapshot;
  soci::statement select;
};

}  // namespace

std::string committed_state(Session& session) {
  auto& reader = session.local<SnapshotReader>();
  reader.select.execute(true);
  return reader.started + " " + reader.snapshot;
}

}  // namespace store
