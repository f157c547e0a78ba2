// Where engines that speak this API differ, each question answered for all of them in one place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "docker/api.h"
#include "docker/facts.h"
#include "executor/engine.h"

namespace docker {

/// Creating a container: there is one of that name already.
bool name_is_taken(const Answer& answer);

/// Docker's and Podman's words for a port of the host that somebody else has.
bool is_port_clash(std::string_view words);

/// Why a container was not started: from the engine's words, and from the exit code that Docker leaves (0: none).
executor::EndCause cause_of_refused_start(std::string_view words, int exit_code);

/// Why an image could not be pulled.
executor::EndCause cause_of_failed_pull(std::string_view words, long status);

/// With `Init` the engine starts its own small init, which then fails to run the command. `line` is what such a
/// container wrote; nullopt when the init did not write it.
std::optional<executor::EndCause> cause_of_init_failure(std::string_view line, int exit_code);

/// See LineMender.
bool loses_newlines(const Facts& facts);

}  // namespace docker
