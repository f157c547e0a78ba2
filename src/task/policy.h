// The operator's policy for what this service runs: images, volumes, networks and sizes.
//
// Only what is listed may be run. Computes only; any thread may call; constant after start-up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/section.h"
#include "task/container_task.h"
#include "util/result.h"

namespace task {

struct Volume {
  std::string name;
  std::string source;  // an absolute path on the engine's machine, or the name of a volume of the engine
  bool writable = false;
};

struct NetworkClass {
  std::string name;            // the value of NETWORK
  std::string engine_network;  // the name of the network on the engine
};

struct PolicyOptions {
  bool any_image = false;  // images.open
  std::vector<std::string>
      images;  // images.allow: "hello-world", "registry.example.org/astro/*", "…:tag", "…@sha256:…"
  std::vector<Volume> volumes;
  std::vector<NetworkClass> networks;
  bool allow_outbound = false;
  std::string platform = "linux/amd64";  // the platform of the engines: no other is accepted

  std::int64_t default_millicores = 1000;
  std::int64_t max_millicores = 64'000;
  std::int64_t default_memory_bytes = 1LL << 30;
  std::int64_t max_memory_bytes = 256LL << 30;
  std::int64_t max_ports = 16;
  std::int64_t max_inputs = 1000;
  std::int64_t max_outputs = 1000;
};

/// Reads the sections images, volumes, networks and resources of the configuration file.
PolicyOptions read_policy(config::Reader& root, config::Faults& faults);

class Policy {
 public:
  explicit Policy(PolicyOptions options) : options_(std::move(options)) {}
  const PolicyOptions& options() const { return options_; }

  /// A fault for everything in a client's task that this service does not allow, each with what would be allowed.
  std::vector<util::Fault> refusals(const ContainerTask& task) const;
  /// The same for a task of the operator: only what cannot be given at all.
  std::vector<util::Fault> impossible(const ContainerTask& task) const;
  bool allows_image(const ImageReference& image) const;

  std::int64_t millicores(const ContainerTask& task) const {
    return task.millicores.value_or(options_.default_millicores);
  }
  std::int64_t memory_bytes(const ContainerTask& task) const {
    return task.memory_bytes.value_or(options_.default_memory_bytes);
  }
  const Volume* volume(const std::string& name) const;
  const NetworkClass* network(const std::string& name) const;

 private:
  PolicyOptions options_;
};

}  // namespace task
