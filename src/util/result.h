// Expected failures as return values.
//
// A function that can fail for a reason that its caller must handle returns Result<T> (or Status, when there is nothing
// to return). An exception is caught in the room (the folder of src/) where it occurs. Error codes are mapped to HTTP
// status codes in one place (http/problem.h) and to UWS error summaries in one place.
#pragma once

#include <cassert>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace util {

enum class ErrorCode {
  invalid_argument,    // malformed: a bad number, an unknown word
  unauthenticated,     // no identity, or a wrong one
  forbidden,           // understood, and refused by policy, by ownership or by the present phase
  not_found,           // no such thing, or no longer
  method_not_allowed,  // the resource exists, but does not support this HTTP method
  not_acceptable,      // there is no representation of a type that the client accepts
  conflict,            // somebody else changed the resource meanwhile
  too_large,           // over a limit of size
  unsupported_media,   // the body has a media type that the resource does not accept
  too_many,            // over a limit of count or rate
  unsupported,         // this service or engine can never do this
  unavailable,         // not possible now; the caller may try again later
  timeout,             // no answer in time
  internal,            // a fault of this service
};

/// The code's name as it stands in logs and problem bodies: "invalid_argument".
std::string_view to_string(ErrorCode code);

/// An input that was refused, the reason, and what would be accepted.
struct Fault {
  std::string input;     // a parameter's name, a JSON pointer, a header's name; may be empty
  std::string reason;    // "is not a decimal number"
  std::string accepted;  // "a decimal number of cores from 0.01, such as 0.5"; may be empty
};

/// "CORES: is not a decimal number (accepted: ...)"
std::string to_string(const Fault& fault);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::vector<Fault> faults;
  std::optional<std::chrono::seconds> retry_after;

  static Error of(ErrorCode code, std::string message) { return Error{code, std::move(message), {}, {}}; }
  /// The message lists the faults. Only the first hundred faults are kept, and one more that counts the others.
  static Error of(ErrorCode code, std::vector<Fault> faults);
  static Error of(ErrorCode code, Fault fault) { return of(code, std::vector<Fault>{std::move(fault)}); }
  static Error busy(std::string message, std::chrono::seconds retry_after);
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return assert(ok()), std::get<0>(state_); }
  const T& value() const& { return assert(ok()), std::get<0>(state_); }
  T&& value() && { return assert(ok()), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return assert(!ok()), std::get<1>(state_); }
  Error&& error() && { return assert(!ok()), std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return assert(!ok()), *error_; }
  Error&& error() && { return assert(!ok()), *std::move(error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace util

/// Returns the error from the calling function, if there is one.
#define RETURN_IF_ERROR(expression)                   \
  do {                                                \
    if (auto status_ = (expression); !status_.ok()) { \
      return std::move(status_).error();              \
    }                                                 \
  } while (false)

#define DUWS_CONCAT_(a, b) a##b
#define DUWS_CONCAT(a, b) DUWS_CONCAT_(a, b)
/// Assigns the value, or returns the error from the calling function: ASSIGN_OR_RETURN(auto size, parse_size(text));
// NOLINTBEGIN(bugprone-macro-parentheses): the target may be a declaration
#define ASSIGN_OR_RETURN(target, expression) ASSIGN_OR_RETURN_(DUWS_CONCAT(result_, __LINE__), target, expression)
#define ASSIGN_OR_RETURN_(result, target, expression) \
  auto result = (expression);                         \
  if (!(result).ok()) {                               \
    return std::move(result).error();                 \
  }                                                   \
  target = std::move(result).value()
// NOLINTEND(bugprone-macro-parentheses)
