// What a planner is asked about: task types and service types. Each is a URI that is compared as a string, in one
// canonical spelling and exact other ones; what they mean is data, ours (catalogue.yaml) and the operator's.
//
// Read at start-up, then constant; any thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/section.h"
#include "data/schema.h"
#include "task/mapping.h"

namespace task {

struct TypeEntry {
  std::string name;  // a word: letters, digits, '.', '_', '-'
  std::string title;
  std::string description;
  std::vector<std::string> aliases;  // "uri://name" and the word itself are aliases without being listed

  bool is_called(std::string_view uri) const;
};

struct TaskType : TypeEntry {
  std::optional<data::Schema> taskinfo;  // the shape of its taskinfo; none: any
  std::optional<Mapping> task;           // none: it cannot be run as a container
};

struct ServiceType : TypeEntry {};

/// A task type that this service runs itself.
struct Runs {
  std::string task_type;
  std::optional<data::Schema> taskinfo;
};

/// From a type's name, "uri://name" and aliases to its place in the list: whoever asks does not wait for a long one.
using Spellings = std::map<std::string, std::size_t, std::less<>>;

class Catalogue {
 public:
  /// Our own entries.
  static Catalogue built_in();

  /// Takes `types_url`, `task_types` and `service_types`: what is there beside our own, or in their place; `aliases`,
  /// more spellings of any of them; and `runs`, the task types that this service runs itself, in place of ours.
  void read(config::Reader& planner, config::Faults& faults);

  /// Null: this service does not run it. Else what its taskinfo must be beyond what its type says.
  const Runs* runs(const TaskType& type) const;
  bool runs_any() const { return !runs_.empty(); }

  const std::vector<TaskType>& task_types() const { return task_types_; }
  const std::vector<ServiceType>& service_types() const { return service_types_; }

  /// By any of its spellings; the canonical one begins with `base_url` where no types_url is configured.
  const TaskType* find_task_type(std::string_view uri, std::string_view base_url) const;
  const ServiceType* find_service_type(std::string_view uri, std::string_view base_url) const;

  /// Where its page is: "https://uws.example.org/task-types/oci-container".
  std::string uri_of(const TaskType& type, std::string_view base_url) const;
  std::string uri_of(const ServiceType& type, std::string_view base_url) const;

 private:
  void read_aliases(const config::Section& section, config::Faults& faults);
  void read_runs(config::Reader& planner, config::Faults& faults);

  std::string types_url_;
  std::vector<TaskType> task_types_;
  std::vector<ServiceType> service_types_;
  Spellings task_spellings_;
  Spellings service_spellings_;
  std::vector<Runs> runs_;
};

}  // namespace task
