#include "store/failure.h"

#include <chrono>
#include <string_view>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "util/log.h"

namespace store {
namespace {

Trouble of_sqlstate(std::string_view state) {
  if (state.starts_with("23")) return Trouble::conflict;
  if (state == "40001" || state == "40P01") return Trouble::again;
  if (state == "53100") return Trouble::full;
  if (state.starts_with("53") || state == "55P03" || state == "57014") return Trouble::busy;
  if (state.starts_with("08") || state.starts_with("57P")) return Trouble::lost;
  return Trouble::other;
}

Trouble of_sqlite(int result) {
  switch (result & 0xFF) {
    case SQLITE_CONSTRAINT:
      return Trouble::conflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return Trouble::busy;
    case SQLITE_FULL:
      return Trouble::full;
    default:
      return Trouble::other;
  }
}

/// The further lines of a message contain rows and values.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Failure describe(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const soci::postgresql_soci_error& error) {
    const std::string state = error.sqlstate();
    return {of_sqlstate(state), first_line(error.get_error_message()) + " (" + state + ")"};
  } catch (const soci::sqlite3_soci_error& error) {
    return {of_sqlite(error.result()),
            first_line(error.get_error_message()) + " (" + std::to_string(error.result()) + ")"};
  } catch (const soci::soci_error& error) {
    return {Trouble::other, first_line(error.get_error_message())};
  } catch (const std::exception& error) {
    return {Trouble::other, first_line(error.what())};
  } catch (...) {
    return {Trouble::other, "something that is no std::exception"};
  }
}

util::Error to_error(const Failure& failure) {
  using std::chrono::seconds;
  switch (failure.trouble) {
    case Trouble::conflict:
      util::log_debug("database constraint", {{"error", failure.text}});
      return util::Error::of(util::ErrorCode::conflict, "somebody else changed the same thing meanwhile");
    case Trouble::again:
    case Trouble::busy:
      util::log_warning("database busy", {{"error", failure.text}});
      return util::Error::busy("the database is busy", seconds(1));
    case Trouble::full:
      util::log_error("database full", {{"error", failure.text}});
      return util::Error::busy("no space left for the database", seconds(60));
    case Trouble::lost:
      util::log_warning("database connection lost", {{"error", failure.text}});
      return util::Error::busy("the database cannot be reached", seconds(5));
    case Trouble::other:
      break;
  }
  util::log_error("database work failed", {{"error", failure.text}});
  return util::Error::of(util::ErrorCode::internal, "the database refused the work; the service's log says why");
}

}  // namespace store
