// The whole configuration file: the options of each room (folder of src/), read by that room, and the checks that
// concern several of them. Owner: main(). Read once at start-up, then constant.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/section.h"
#include "executor/configured_engine.h"
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
  std::vector<std::shared_ptr<const executor::ConfiguredEngine>> engines;  // in the order of executor.engines

  /// False: this service only plans for other platforms.
  bool runs_tasks() const { return planner.catalogue.runs_any() || !applications.empty(); }
};

/// Adds every fault of the file to `faults`. The returned settings are complete only if there was no fault.
Settings read_settings(const config::File& file, config::Faults& faults);

/// Returns the folders and sockets that do not exist now. These are warnings only: they may appear later, and the
/// volumes of an engine may be on another machine.
config::Faults find_missing_places(const config::File& file, const Settings& settings);
