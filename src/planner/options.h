// The configuration of the planner: which platforms beside this service there are, which tasks they accept, from whom,
// and where their services are. docs/planner.md explains each word. It is read at start-up, then constant; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/section.h"
#include "data/schema.h"
#include "planner/ask.h"
#include "task/catalogue.h"
#include "task/mapping.h"
#include "task/registry_login.h"

namespace planner {

/// What must show that the container listens on a TCP port.
enum class PortEvidence {
  not_needed,
  taskinfo,  // the task names a TCP port
  image,     // the image's own configuration exposes a TCP port
  either,
};

struct ImageRules {
  std::vector<std::string> allow{};  // patterns as in images.allow; empty: any image
  bool needs_digest = false;
  std::vector<std::string> platforms{};  // "linux/amd64"; empty: any platform
  PortEvidence port = PortEvidence::not_needed;
  /// A task is refused if its image cannot be found.
  bool must_exist = false;
};

/// The resources that a platform gives to one task. A member without a value means that the platform sets no limit.
struct ResourceLimits {
  std::optional<std::int64_t> max_millicores;
  std::optional<std::int64_t> max_memory_bytes;
  std::optional<std::int64_t> max_storage_bytes;
  std::optional<std::chrono::seconds> max_duration;
  std::optional<std::chrono::seconds> min_startup;
};

/// A way to use a platform.
struct Service {
  std::string service_type;
  /// "{name}" is replaced by that member of taskinfo, percent-encoded, so that a URL can launch the task.
  task::Mapping serviceinfo;
};

/// A rule by which a platform accepts tasks of one type: a task must meet every condition here.
struct Acceptance {
  std::string task_type;
  /// Names of groups; the caller must be in one of them. Three names are special: "anybody" includes callers that are
  /// not authenticated, "user" means any authenticated user, "administrator" means administrators of this service.
  std::vector<std::string> roles{"anybody"};
  std::optional<data::Schema> taskinfo;  // conditions beyond those of the task type
  std::optional<ImageRules> image;
  ResourceLimits resources;
  std::vector<std::size_t> services;  // indices into Platform::services
};

struct Platform {
  std::string name;
  std::string title;
  std::vector<Service> services;
  std::vector<Acceptance> accepts;
};

struct Options {
  task::Catalogue catalogue = task::Catalogue::built_in();
  std::vector<Platform> platforms;
  /// Credentials for registries beyond those of the engines; used only to inspect images, never to pull them.
  std::vector<task::RegistryLogin> registries{};

  // For POST /ask:
  std::string name = "docker-uws";  // the name of this planner among the answers
  std::vector<Peer> peers;
  std::chrono::seconds ask_limit{5};
};

/// Reads the section `planner` of the configuration file.
Options read_options(config::Reader& root, config::Faults& faults);

}  // namespace planner
