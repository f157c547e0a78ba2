#include "util/result.h"

namespace util {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::unauthenticated:
      return "unauthenticated";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::method_not_allowed:
      return "method_not_allowed";
    case ErrorCode::not_acceptable:
      return "not_acceptable";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::unsupported_media:
      return "unsupported_media";
    case ErrorCode::too_many:
      return "too_many";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::timeout:
      return "timeout";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

std::string to_string(const Fault& fault) {
  std::string text = fault.input;
  if (!text.empty()) text += ": ";
  text += fault.reason;
  if (!fault.accepted.empty()) text += " (accepted: " + fault.accepted + ")";
  return text;
}

Error Error::of(ErrorCode code, std::vector<Fault> faults) {
  constexpr std::size_t most = 100;  // a document that is wrong everywhere would make the answer too long
  if (faults.size() > most) {
    const std::size_t left_out = faults.size() - most;
    faults.resize(most);
    faults.push_back({"", "and so on: " + std::to_string(left_out) + " more faults", ""});
  }
  Error error{code, {}, std::move(faults), {}};
  for (const Fault& fault : error.faults) {
    if (!error.message.empty()) error.message += "\n";
    error.message += to_string(fault);
  }
  return error;
}

Error Error::busy(std::string message, std::chrono::seconds retry_after) {
  return Error{ErrorCode::unavailable, std::move(message), {}, retry_after};
}

}  // namespace util
