#include "executor/options.h"

#include <cmath>

#include "config/checks.h"
#include "net/address_block.h"
#include "net/address_policy.h"
#include "util/quantity.h"

namespace executor {
namespace {

constexpr std::int64_t a_million = 1'000'000;

EngineOptions read_engine(const config::Section& section, config::Faults& faults) {
  config::Reader reader(section, faults);
  EngineOptions options;
  reader.take("name", options.name);
  if (options.name.empty()) reader.fault("name", "is missing", "a name of its own for the engine");
  if (reader.has("cores")) {
    double cores = 1;
    reader.take("cores", cores, 0.01, a_million);
    options.millicores = std::llround(cores * 1000);
  }
  if (reader.has("memory")) {
    std::int64_t bytes = 0;
    reader.take_bytes("memory", bytes);
    options.memory_bytes = bytes;
  }
  reader.take("slots", options.slots, {.minimum = 1, .maximum = a_million});
  if (reader.has("min_free_disk")) {
    std::int64_t bytes = 1;
    reader.take_bytes("min_free_disk", bytes);
    options.min_free_disk_bytes = bytes;
  }
  reader.take("port_url", options.port_url);
  reader.take("probe_host", options.probe_host);
  if (!options.probe_host.empty() && !net::parse_address(options.probe_host)) {
    reader.fault("probe_host", "is not a numeric address", "where this machine reaches the engine's, such as 10.1.2.3");
  }
  if (options.port_url.find("{port}") == std::string::npos) {
    reader.fault("port_url", "does not say where the port goes", "a URL such as http://{host}:{port}{path}");
  }
  return options;
}

std::vector<EngineOptions> read_engines(const config::Section& section, config::Faults& faults) {
  std::vector<EngineOptions> engines;
  config::Names names("name", faults);
  for (const config::Section& item : section.items()) {
    engines.push_back(read_engine(item, faults));
    names.add(item, engines.back().name);
  }
  return engines;
}

InputOptions read_inputs(const config::Section& section, config::Faults& faults) {
  config::Reader reader(section, faults);
  InputOptions options;
  reader.take("allow_addresses", options.allow_addresses);
  if (const auto policy = net::AddressPolicy::create(options.allow_addresses); !policy.ok()) {
    config::add_faults(reader, "allow_addresses", policy.error());
  }
  reader.take_bytes("max_bytes", options.max_bytes);
  reader.take_duration("timeout", options.timeout);
  reader.done();
  return options;
}

RunOptions read_runs(const config::Section& section, config::Faults& faults) {
  config::Reader reader(section, faults);
  RunOptions options;
  reader.take_duration("stop_grace", options.stop_grace);
  reader.take_bytes("max_output_bytes", options.max_output_bytes);
  reader.take("max_output_files", options.max_output_files, {.minimum = 1, .maximum = a_million});
  reader.take_bytes("max_log_bytes", options.max_log_bytes);
  if (reader.has("max_disk")) reader.take_bytes("max_disk", options.max_disk_bytes);
  reader.take_duration("disk_measure_pause", options.disk_measure_pause);
  reader.take_duration("disk_full_pause", options.disk_full_pause);
  reader.take_duration("staging_timeout", options.staging_timeout);
  reader.take_duration("collect_timeout", options.collect_timeout);
  for (const auto& [key, time] :
       {std::pair{"staging_timeout", options.staging_timeout}, std::pair{"collect_timeout", options.collect_timeout}}) {
    if (time < std::chrono::seconds(1)) reader.fault(key, "leaves no time", "a duration from 1s");
  }
  reader.take("pids", options.pids, {.minimum = 2, .maximum = a_million});
  reader.take("open_files", options.open_files, {.minimum = 16, .maximum = a_million});
  reader.take_duration("reconcile", options.reconcile);
  reader.take("max_passed_over", options.max_passed_over, {.minimum = 0, .maximum = a_million});
  reader.take("max_running_per_owner", options.max_running_per_owner, {.minimum = 0, .maximum = a_million});
  reader.done();
  return options;
}

}  // namespace

Options read_options(config::Reader& root, config::Faults& faults) {
  Options options;
  options.engines = read_engines(root.section("engines"), faults);
  options.inputs = read_inputs(root.section("inputs"), faults);
  options.runs = read_runs(root.section("runs"), faults);
  return options;
}

const std::vector<std::string>& engine_keys() {
  static const std::vector<std::string> keys{"kind",  "name",          "cores",    "memory",
                                             "slots", "min_free_disk", "port_url", "probe_host"};
  return keys;
}

}  // namespace executor
