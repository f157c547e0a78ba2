// What the operator says of platforms beside this service: what they accept, of whom, and where they are used.
// docs/planner.md explains each word. Read at start-up, then constant; any thread.
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

/// How it is known that a container listens on a TCP port.
enum class PortEvidence {
  not_needed,
  taskinfo,  // the task names one
  image,     // the image's own configuration exposes one
  either,
};

struct ImageRules {
  std::vector<std::string> allow{};  // patterns as in images.allow; empty: any
  bool needs_digest = false;
  std::vector<std::string> platforms{};  // "linux/amd64"; empty: any
  PortEvidence port = PortEvidence::not_needed;
  /// Nothing is accepted whose image cannot be found.
  bool must_exist = false;
};

/// What a platform gives to one task; absent: not said.
struct Means {
  std::optional<std::int64_t> max_millicores;
  std::optional<std::int64_t> max_memory_bytes;
  std::optional<std::int64_t> max_storage_bytes;
  std::optional<std::chrono::seconds> max_duration;
  std::optional<std::chrono::seconds> min_startup;
};

/// A way to use a platform.
struct Service {
  std::string service_type;
  /// "{name}" stands for that member of taskinfo, percent-encoded: of URLs that launch something.
  task::Mapping serviceinfo;
};

/// That a platform accepts tasks of a type, when all of this holds.
struct Acceptance {
  std::string task_type;
  /// Groups, any of which is enough; "anybody" needs no name, "user" any name, "administrator" that role.
  std::vector<std::string> roles{"anybody"};
  std::optional<data::Schema> taskinfo;  // beyond what the type says
  std::optional<ImageRules> image;
  Means means;
  std::vector<std::size_t> services;  // indices into the platform's
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
  std::vector<task::RegistryLogin> registries{};  // beside the engines': where images are only looked at

  // Of /ask:
  std::string name = "docker-uws";  // how this planner is called among the answers
  std::vector<Peer> peers;
  std::chrono::seconds ask_limit{5};
};

/// Takes the section `planner` of the file.
Options read_options(config::Reader& root, config::Faults& faults);

}  // namespace planner
