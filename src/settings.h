// The configuration file, whole: each room's options, read by that room, and what only all of them together can tell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/section.h"
#include "docker/engine.h"
#include "executor/options.h"
#include "http/options.h"
#include "identity/options.h"
#include "planner/options.h"
#include "store/options.h"
#include "task/application.h"
#include "task/policy.h"
#include "util/log.h"
#include "uws/core/job_options.h"
#include "uws/rest/resource_record.h"

struct Settings {
  util::LogLevel log_level = util::LogLevel::info;
  util::LogFormat log_format = util::LogFormat::text;
  http::ServerOptions http;
  identity::Options identity;
  http::MetricsOptions metrics;
  store::Options store;
  task::PolicyOptions policy;
  task::Applications applications;
  uws::JobOptions jobs;
  std::optional<uws::rest::ResourceRecord> voresource;
  planner::Options planner;
  executor::Options executor;
  std::vector<docker::Options> engines;

  /// False: a planner for others.
  bool runs_tasks() const { return planner.catalogue.runs_any() || !applications.empty(); }
};

/// Every fault of the file is added; what is returned is whole only when there was none.
Settings read_settings(const config::File& file, config::Faults& faults);

/// Folders and sockets that are not there now. That is no fault: they may come, and an engine's volumes may be on
/// another machine.
config::Faults find_missing_places(const config::File& file, const Settings& settings);
