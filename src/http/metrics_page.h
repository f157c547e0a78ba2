// GET /metrics, for Prometheus: who may read it, and which values are refreshed before it is written.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/router.h"

namespace http {

struct MetricsOptions {
  /// Clients with these addresses may read it, unless the request came through a proxy that is not trusted.
  std::vector<std::string> allow{"127.0.0.0/8", "::1"};
  /// Clients with one of these bearer tokens may read it, too: "sha256:" and 64 hex digits each.
  std::vector<std::string> token_hashes;
};

/// Brings metrics up to date that take time to find out, then calls `done` from any thread.
using RefreshMetrics = std::function<void(std::function<void()> done)>;

void add_metrics_route(Router& router, const MetricsOptions& options, RefreshMetrics refresh);

}  // namespace http
