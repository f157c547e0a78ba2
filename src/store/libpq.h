// Connections to PostgreSQL beside SOCI's, by libpq itself. Internal to the room; each is used by one thread at a time.
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

/// Waits as long as the URL says. The server's notices go nowhere: why a connection is lost is in the log of those that
/// have work.
util::Result<PostgresHandle> connect_to_postgres(const DatabaseUrl& url);

/// The rows of one statement, each value as text; null is empty. `unavailable` also when they do not come in time: the
/// connection is of no use then.
using PostgresRows = std::vector<std::vector<std::string>>;
util::Result<PostgresRows> ask_postgres(PGconn* connection, const std::string& statement,
                                        const std::vector<std::string>& values, std::chrono::milliseconds at_most);

}  // namespace store
