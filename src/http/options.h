// What the file says about the HTTP face: the sections http and identity. Read once at start-up.
#pragma once

#include "config/section.h"
#include "http/identity.h"
#include "http/metrics_page.h"
#include "http/server.h"

namespace http {

ServerOptions read_server_options(config::Reader& root, config::Faults& faults);
IdentityOptions read_identity_options(config::Reader& root, config::Faults& faults);
MetricsOptions read_metrics_options(config::Reader& root, config::Faults& faults);

/// Only this machine can reach it: 127.0.0.0/8, ::1, localhost.
bool is_loopback(std::string_view address);

}  // namespace http
