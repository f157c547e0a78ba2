// What went wrong in the database, told apart once, by its codes. Internal to the room.
#pragma once

#include <exception>
#include <string>

#include "util/result.h"

namespace store {

enum class Trouble {
  conflict,  // a constraint
  again,     // the database asks for another run: serialisation, deadlock
  busy,      // locked, or out of a resource
  full,      // no space left
  lost,      // no connection
  other,     // our own fault
};

struct Failure {
  Trouble trouble = Trouble::other;
  std::string text;  // for the log only: its first line, without the values of the statement
};

/// The database was there, whatever it thought of the statement.
constexpr bool reached_database(Trouble trouble) {
  return trouble == Trouble::conflict || trouble == Trouble::again || trouble == Trouble::other;
}

Failure describe(const std::exception_ptr& exception);

/// For clients: says nothing of statements. Logs the failure.
util::Error to_error(const Failure& failure);

}  // namespace store
