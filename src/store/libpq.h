// Connections to PostgreSQL with libpq itself, without SOCI. Internal to the room; one thread at a time uses each.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "store/url.h"
#include "util/result.h"

namespace store {

using PostgresAnswer = std::unique_ptr<PGresult, decltype(&::PQclear)>;
using PostgresHandle = std::unique_ptr<PGconn, decltype(&::PQfinish)>;

/// Connects; blocks meanwhile, limited by the URL's connect_timeout. Errors are `unavailable`. The server's notices are
/// dropped, because the connections that run the work log why the database was lost.
util::Result<PostgresHandle> connect_to_postgres(const DatabaseUrl& url);

/// Runs one statement and returns its rows, with each value as text (null: an empty text). All errors are
/// `unavailable`. After a time-out the connection cannot be used any more.
using PostgresRows = std::vector<std::vector<std::string>>;
util::Result<PostgresRows> ask_postgres(PGconn* connection, const std::string& statement,
                                        const std::vector<std::string>& values, std::chrono::milliseconds at_most);

}  // namespace store
