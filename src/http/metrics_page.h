// GET /metrics, for Prometheus: who may read it, and what is looked up for it first.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/router.h"

namespace http {

struct MetricsOptions {
  /// Who connects from these may read it; not through a proxy that is not trusted.
  std::vector<std::string> allow{"127.0.0.0/8", "::1"};
  /// And who brings a bearer token: "sha256:" and 64 hex digits each.
  std::vector<std::string> token_hashes;
};

/// Brings up to date what is not known at once, then calls; from any thread.
using RefreshMetrics = std::function<void(std::function<void()> done)>;

void add_metrics_route(Router& router, const MetricsOptions& options, RefreshMetrics refresh);

}  // namespace http
