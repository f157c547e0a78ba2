// Messages between the services on one PostgreSQL database that something was committed (LISTEN and NOTIFY).
//
// They only wake the other services up: the tables are the truth, and messages are lost when a service or its
// connection dies. They are sent after the commit, in a statement of their own, because a NOTIFY within a transaction
// would make commits wait for each other. On PostgreSQL there are one thread and one connection. SQLite has only one
// service, so nothing is sent or received. Owner: the code that sends the messages. Any thread may call.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace store {

class Announcements {
 public:
  struct Listener {
    /// Called when another service has sent `word`, on the thread of the announcements; must not block.
    std::function<void(const std::string& word)> on_announcement;
    /// Called when messages may have been lost: once a lost connection is replaced by a new one. Same thread.
    std::function<void()> on_gap;
  };

  virtual ~Announcements() = default;
  /// Sends `word` to the other services. Never waits for the database. A word that is still waiting to be sent is not
  /// queued twice. `word`: at most 7000 bytes, without spaces.
  virtual void announce(const std::string& word) = 0;
  /// Sends what is still waiting, if the database is connected, and ends the thread. The listener is not called
  /// afterwards.
  virtual void stop() = 0;
};

struct DatabaseUrl;

/// The implementation of Database::announcements().
std::unique_ptr<Announcements> open_announcements(const DatabaseUrl& url, std::string channel,
                                                  Announcements::Listener listener);

}  // namespace store
