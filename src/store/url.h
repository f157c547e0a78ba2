// The database's address, taken apart. A password in it never gets into a message: only `shown` is for people.
#pragma once

#include <string>
#include <string_view>

#include "store/database.h"
#include "util/result.h"

namespace store {

struct DatabaseUrl {
  Dialect dialect = Dialect::sqlite;
  std::string path;     // SQLite: the file
  std::string connect;  // what SOCI's backend is given
  std::string password;
  std::string shown;  // for logs and errors

  /// The text with the password taken out, in one line.
  std::string without_password(std::string_view text) const;
};

util::Result<DatabaseUrl> parse_database_url(std::string_view url);

}  // namespace store
