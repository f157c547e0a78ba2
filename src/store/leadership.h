// Elects the leader: the one service on a database that runs its jobs. The other services answer requests, too, but
// stand by; one of them becomes the leader as soon as the leader is gone.
//
// SQLite has one service, which leads. On PostgreSQL the leader is the service that holds an advisory lock in a session
// of its own; the server releases the lock when it notices that the session is gone. A leader that has lost its session
// is in doubt until it has a new one: it keeps its runs, but begins and commits nothing. This does not protect against
// a leader that is suspended in the middle of a commit. Leases, with terms that each commit checks, could be added
// behind this interface.
//
// In every service, that session also holds a shared lock on the schema, so that no other service migrates the database
// meanwhile. Owner: main. One thread and one connection on PostgreSQL, none on SQLite.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/database.h"
#include "util/result.h"

namespace store {

struct LeadershipStatus {
  enum class Role { leader, in_doubt, standby };

  Role role = Role::standby;
  /// The leader's term. A changed term means that another service may have led in between.
  std::int64_t term = 0;
  /// Why this service does not lead; may be shown to everybody.
  std::string why = {};
  /// Details for operators only: which process leads, or the database's message.
  std::string detail = {};
};

class Leadership {
 public:
  using Listener = std::function<void(const LeadershipStatus&)>;

  virtual ~Leadership() = default;
  /// The status when this object was made.
  virtual const LeadershipStatus& at_first() const = 0;
  /// Calls the listener at once, on the caller's thread, and then after each change, on the thread of this object. The
  /// listener must not block.
  virtual void start(Listener listener) = 0;
  /// Gives the leadership up; the listener is not called afterwards. Must be called after the service's last commit.
  virtual void stop() = 0;
};

struct LeadershipOptions {
  /// False: this service never leads, because it has no engines.
  bool may_lead = true;
  std::string installation;
  /// The migrations of all rooms: the schema with which this program works.
  std::vector<Migration> migrations;
};

/// Joins the election on a database that Database::open() has opened, and blocks until the first status is known.
util::Result<std::unique_ptr<Leadership>> join_leadership(const std::string& database_url, LeadershipOptions options);

}  // namespace store
