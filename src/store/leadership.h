// Which of the services on one database runs its jobs: one, the leader. The others serve all the same and stand by; one
// of them leads as soon as the leader is gone.
//
// SQLite has one service, which leads. On PostgreSQL the leader is who has an advisory lock, in a session of its own:
// the lock is free once the server knows that session to be gone. A leader whose session is lost is in doubt until he
// has a new one: he goes on with what he has, and begins and commits nothing meanwhile. That is not proof against a
// leader who sleeps in the middle of a commit; leases whose terms the commits themselves check can come to stand behind
// this seam.
//
// That session also has, in every service, a shared lock on the schema, so that nobody migrates under it.
// Owner: main. One thread and one connection on PostgreSQL, none on SQLite.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/database.h"
#include "util/result.h"

namespace store {

struct Standing {
  enum class Role { leader, in_doubt, standby };

  Role role = Role::standby;
  /// Of the leader: another one means that somebody else may have led since.
  std::int64_t term = 0;
  /// Who does not lead: why, for everybody.
  std::string why = {};
  /// And what only operators are to read: which process leads, what the database said.
  std::string detail = {};
};

class Leadership {
 public:
  using Listener = std::function<void(const Standing&)>;

  virtual ~Leadership() = default;
  /// As it was found when this was made.
  virtual const Standing& at_first() const = 0;
  /// Calls the listener now, and with each change, on a thread of its own; must not block.
  virtual void start(Listener listener) = 0;
  /// Gives it up; the listener is not called any more. After the last commit.
  virtual void stop() = 0;
};

struct LeadershipOptions {
  /// False: it never leads, as it has no engines.
  bool may_lead = true;
  std::string installation;
  /// The rooms': the schema that this program works with.
  std::vector<Migration> migrations;
};

/// Joins the services on a database that was opened: asks once, and waits for the answer.
util::Result<std::unique_ptr<Leadership>> join_leadership(const std::string& database_url, LeadershipOptions options);

}  // namespace store
