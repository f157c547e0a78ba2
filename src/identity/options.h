// What the file says about who may ask: the section identity. Read once at start-up.
#pragma once

#include "config/section.h"
#include "identity/authenticator.h"

namespace identity {

Options read_options(config::Reader& root, config::Faults& faults);

}  // namespace identity
