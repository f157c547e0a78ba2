// Control parameters as members of a document (JSON or YAML) in a body, beside those of the task: {"image": "...",
// "phase": "RUN", "runId": "a"}.
#pragma once

#include <optional>

#include "http/message.h"
#include "util/result.h"

namespace uws::rest {

/// The request as a client of forms would have sent it: control parameters among the pairs, in the body what is left.
/// nullopt: there are none in its body.
util::Result<std::optional<http::Request>> without_document_controls(const http::Request& request);

}  // namespace uws::rest
