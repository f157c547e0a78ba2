// Classifies the errors of the database by its error codes, in one place. Internal to the room; any thread may call.
#pragma once

#include <exception>
#include <string>

#include "util/result.h"

namespace store {

enum class Trouble {
  conflict,  // a constraint is violated
  again,     // the transaction should be repeated: serialisation failure, deadlock
  busy,      // locked, or short of a resource
  full,      // no space left
  lost,      // no connection
  other,     // a fault of this program
};

struct Failure {
  Trouble trouble = Trouble::other;
  std::string text;  // for the log only: the first line of the message, without values of the statement
};

/// True when the database was reached and works, even though it refused the statement.
constexpr bool reached_database(Trouble trouble) {
  return trouble == Trouble::conflict || trouble == Trouble::again || trouble == Trouble::other;
}

Failure describe(const std::exception_ptr& exception);

/// The error for clients, without details of statements. Logs the failure.
util::Error to_error(const Failure& failure);

}  // namespace store
