// The part of the configuration file about how jobs are run. Read once at start-up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/section.h"

namespace executor {

/// The settings of an engine that the executor uses. The engine's own code reads the other keys of its section.
struct EngineOptions {
  std::string name;
  std::optional<std::int64_t> millicores;    // absent: as the engine reports
  std::optional<std::int64_t> memory_bytes;  // absent: as the engine reports
  std::int64_t slots = 64;                   // maximum number of runs at a time
  /// No run starts while less disk space is free; absent: kept_free() in disk_watch.h.
  std::optional<std::int64_t> min_free_disk_bytes = {};
  /// The address at which this machine reaches the engine's published ports; empty: the address of publication.
  std::string probe_host = {};
  /// Template for the URL of a published port with a scheme; {scheme}, {host}, {port} and {path} are replaced.
  std::string port_url = "{scheme}://{host}:{port}{path}";
};

/// Inputs that are fetched by URL.
struct InputOptions {
  std::vector<std::string> allow_addresses;  // in addition to public addresses: see net::AddressPolicy
  std::int64_t max_bytes = 10LL << 30;       // of each input
  std::chrono::seconds timeout{600};         // of each input
};

struct RunOptions {
  std::chrono::seconds stop_grace{10};
  std::int64_t max_output_bytes = 10LL << 30;  // of all outputs of a job together
  std::int64_t max_output_files = 20'000;      // of all outputs of a job together
  std::int64_t max_log_bytes = 64LL << 20;     // of each stream
  std::int64_t max_disk_bytes = 0;             // of the files that a run creates, measured at intervals; 0: no limit
  std::chrono::seconds staging_timeout{1800};
  std::chrono::seconds collect_timeout{600};
  std::int64_t pids = 512;
  std::int64_t open_files = 4096;
  /// The interval at which every run is inspected even if no hint came.
  std::chrono::seconds reconcile{30};
  /// The shortest pause between two measurements of disk use; the pause is longer if a measurement takes long.
  std::chrono::seconds disk_measure_pause{5};
  /// How long a job waits before it may start again after the engine's disk was full; doubled each time.
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

/// Reads the sections `inputs` and `runs`, and from each item of `engines` the keys in engine_keys(). The code of the
/// engine's kind reads the other keys and reports unknown ones.
Options read_options(config::Reader& root, config::Faults& faults);
const std::vector<std::string>& engine_keys();

}  // namespace executor
