// Control parameters as members of a document (JSON or YAML) in the body, in addition to those of the task:
// {"image": "...", "phase": "RUN", "runId": "a"}. Computes only; any thread may call.
#pragma once

#include <optional>

#include "http/message.h"
#include "util/result.h"

namespace uws::rest {

/// Returns the request as it would be sent by a form: the control parameters are moved from the body to request.form.
/// nullopt: the body has no control parameters.
util::Result<std::optional<http::Request>> without_document_controls(const http::Request& request);

}  // namespace uws::rest
