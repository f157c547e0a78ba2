// What the file says about the HTTP face: the section http. Read once at start-up.
#pragma once

#include "config/section.h"
#include "http/server.h"

namespace http {

ServerOptions read_server_options(config::Reader& root, config::Faults& faults);

}  // namespace http
