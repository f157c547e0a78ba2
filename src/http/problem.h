// Errors as HTTP answers: the one place where a code becomes a status (U14, U62).
#pragma once

#include "http/message.h"
#include "util/result.h"

namespace http {

int status_of(util::ErrorCode code);

/// text/plain with one fault a line, or what the route makes of that text, or application/problem+json (RFC 7807;
/// `faults` lists input, reason, accepted) when the client asked for JSON. Retry-After where it belongs;
/// WWW-Authenticate is added by who asked the Authenticator.
Response problem(const Request& request, const util::Error& error);
/// The same with a status that no code stands for: 408, 414, 431 and their like.
Response problem(const Request& request, const util::Error& error, int status);

}  // namespace http
