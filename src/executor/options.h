// What the file says about how jobs are run. Read once at start-up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/section.h"

namespace executor {

/// What the executor must know of an engine; the rest of its section is the engine's own.
struct EngineOptions {
  std::string name;
  std::optional<std::int64_t> millicores;    // absent: as probed
  std::optional<std::int64_t> memory_bytes;  // absent: as probed
  std::int64_t slots = 64;                   // runs at a time
  /// Below it nothing begins there; absent: kept_free() in disk_watch.h.
  std::optional<std::int64_t> min_free_disk_bytes = {};
  /// Where its published ports are reached from here; empty: at the address that they are published on.
  std::string probe_host = {};
  /// Of a published http port; {scheme}, {host}, {port} and {path} are filled in.
  std::string port_url = "{scheme}://{host}:{port}{path}";
};

/// Inputs that are fetched by URL.
struct InputOptions {
  std::vector<std::string> allow_addresses;  // beyond public ones: see net::AddressPolicy
  std::int64_t max_bytes = 10LL << 30;       // of each
  std::chrono::seconds timeout{600};         // of each
};

struct RunOptions {
  std::chrono::seconds stop_grace{10};
  std::int64_t max_output_bytes = 10LL << 30;  // of all outputs of a job
  std::int64_t max_output_files = 20'000;      // the same
  std::int64_t max_log_bytes = 64LL << 20;     // of each stream
  std::int64_t max_disk_bytes = 0;             // of a run's own files, measured now and again; 0: no limit
  std::chrono::seconds staging_timeout{1800};
  std::chrono::seconds collect_timeout{600};
  std::int64_t pids = 512;
  std::int64_t open_files = 4096;
  /// How often every run is looked at although no hint came.
  std::chrono::seconds reconcile{30};
  /// Between two measurements at least; longer where they are dear.
  std::chrono::seconds disk_measure_pause{5};
  /// After the engine's disk was full a job is queued again in so long; doubled each time.
  std::chrono::seconds disk_full_pause{15};
  /// How many younger jobs may start before one that does not fit yet.
  std::int64_t max_passed_over = 20;
  /// Jobs of one owner that may run at a time; 0: no limit.
  std::int64_t max_running_per_owner = 0;
};

struct Options {
  std::vector<EngineOptions> engines;
  InputOptions inputs;
  RunOptions runs;
};

/// Reads inputs, runs and, of each item of engines, name, cores, memory, slots and port_url. An engine's other keys are
/// read by its own room, which also tells unknown ones, with engine_keys() among the known.
Options read_options(config::Reader& root, config::Faults& faults);
const std::vector<std::string>& engine_keys();

}  // namespace executor
