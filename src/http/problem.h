// Turns errors into HTTP answers; the only place where an error code becomes a status (U14, U62). Any thread may call.
#pragma once

#include "http/message.h"
#include "util/result.h"

namespace http {

int status_of(util::ErrorCode code);

/// When the client asked for JSON: application/problem+json (RFC 7807), where `faults` lists input, reason, accepted.
/// Otherwise text/plain with one fault a line, or what the route's problem_form makes of that text. 429 and 503 have
/// Retry-After. WWW-Authenticate is not added here: the caller of the Authenticator does that.
Response problem(const Request& request, const util::Error& error);
/// The same with a status that has no error code, such as 408, 414 or 431.
Response problem(const Request& request, const util::Error& error, int status);

}  // namespace http
