// Parses the URL of the database. It may hold a password, so only `shown` may be used in messages. Internal to the
// room.
#pragma once

#include <string>
#include <string_view>

#include "store/database.h"
#include "util/result.h"

namespace store {

struct DatabaseUrl {
  Dialect dialect = Dialect::sqlite;
  std::string path;     // SQLite: the file
  std::string connect;  // the connection string for SOCI's backend and for libpq
  std::string password;
  std::string shown;  // for logs and errors

  /// The text in one line, with the password replaced by "***".
  std::string without_password(std::string_view text) const;
};

util::Result<DatabaseUrl> parse_database_url(std::string_view url);

}  // namespace store
