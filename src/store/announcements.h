// What the services on one PostgreSQL tell each other: that something was committed (LISTEN and NOTIFY).
//
// A wake-up and no more: the tables are the truth, and words may be lost when a service dies or its connection does.
// They go out after the commit, in a statement of their own: a NOTIFY within a transaction would make commits wait for
// each other. One thread and one connection. SQLite has one service only: nothing is told, nothing is heard. Owner:
// whoever tells. Any thread may call.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace store {

class Announcements {
 public:
  struct Listener {
    /// Another service told this. On the thread of the announcements; must not block.
    std::function<void(const std::string& word)> heard;
    /// Words may have been lost: after a lost connection, once there is a new one.
    std::function<void()> missed;
  };

  virtual ~Announcements() = default;
  /// Tells the others. Never blocks; a word that was told and has not gone out yet is not told twice. `word`: at most
  /// 7000 characters, none of them a space.
  virtual void tell(const std::string& word) = 0;
  /// After it nothing is heard. What was told goes out first, if the database is there.
  virtual void stop() = 0;
};

struct DatabaseUrl;

/// For Database::announcements().
std::unique_ptr<Announcements> open_announcements(const DatabaseUrl& url, std::string channel,
                                                  Announcements::Listener listener);

}  // namespace store
