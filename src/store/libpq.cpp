#include "store/libpq.h"

#include <algorithm>
#include <cerrno>

#include <poll.h>

namespace store {
namespace {

using Clock = std::chrono::steady_clock;

util::Error not_answered(const std::string& why) { return util::Error::of(util::ErrorCode::unavailable, why); }

/// Waits for `events` on the connection's socket. False: an error, or the time is over.
bool wait_for(PGconn* connection, short events, Clock::time_point end) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    pollfd waited{::PQsocket(connection), events, 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

/// Waits until the query is sent and its answer has arrived. False: an error, or the time is over.
bool is_answered(PGconn* connection, Clock::time_point end) {
  for (int unsent = ::PQflush(connection); unsent != 0; unsent = ::PQflush(connection)) {
    if (unsent < 0 || !wait_for(connection, POLLOUT | POLLIN, end) || ::PQconsumeInput(connection) == 0) return false;
  }
  while (::PQisBusy(connection) != 0) {
    if (!wait_for(connection, POLLIN, end) || ::PQconsumeInput(connection) == 0) return false;
  }
  return true;
}

PostgresRows rows_of(const PGresult* answer) {
  PostgresRows rows(static_cast<std::size_t>(::PQntuples(answer)));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (int column = 0; column < ::PQnfields(answer); ++column) {
      rows[row].emplace_back(::PQgetvalue(answer, static_cast<int>(row), column));
    }
  }
  return rows;
}

}  // namespace

util::Result<PostgresHandle> connect_to_postgres(const DatabaseUrl& url) {
  PostgresHandle connection(::PQconnectdb(url.connect.c_str()), &::PQfinish);
  ::PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  if (::PQstatus(connection.get()) == CONNECTION_OK) return connection;
  return not_answered(url.without_password(::PQerrorMessage(connection.get())));
}

util::Result<PostgresRows> ask_postgres(PGconn* connection, const std::string& statement,
                                        const std::vector<std::string>& values, std::chrono::milliseconds at_most) {
  const Clock::time_point end = Clock::now() + at_most;
  std::vector<const char*> texts;
  texts.reserve(values.size());
  for (const std::string& value : values) texts.push_back(value.c_str());
  const bool sent = ::PQsendQueryParams(connection, statement.c_str(), static_cast<int>(texts.size()), nullptr,
                                        texts.data(), nullptr, nullptr, 0) == 1;
  if (!sent) return not_answered(::PQerrorMessage(connection));
  util::Result<PostgresRows> rows = not_answered("no answer came");
  for (;;) {
    if (!is_answered(connection, end)) return not_answered("the database did not answer in time");
    const PostgresAnswer answer(::PQgetResult(connection), &::PQclear);
    if (!answer) return rows;
    const ExecStatusType status = ::PQresultStatus(answer.get());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      rows = rows_of(answer.get());
    } else {
      rows = not_answered(::PQresultErrorMessage(answer.get()));
    }
  }
}

}  // namespace store
