// Reads the sections http, limits and metrics of the configuration file. Used once, at start-up.
#pragma once

#include <string>
#include <vector>

#include "config/section.h"
#include "http/metrics_page.h"
#include "http/server.h"

namespace http {

ServerOptions read_server_options(config::Reader& root, config::Faults& faults);
MetricsOptions read_metrics_options(config::Reader& root, config::Faults& faults);

}  // namespace http
