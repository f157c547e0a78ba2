// Reads the section `identity` of the configuration file: users, issuers, the proxy, administrators. Called once, at
// start-up. Faults are added to `faults`.
#pragma once

#include "config/section.h"
#include "identity/authenticator.h"

namespace identity {

Options read_options(config::Reader& root, config::Faults& faults);

}  // namespace identity
