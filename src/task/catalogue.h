// The task types and service types that a planner knows. A type is identified by a URI, which is compared as a string:
// it has one canonical URI and aliases. Types are defined as data: in the built-in catalogue.yaml and in the operator's
// configuration.
//
// Read at start-up, then constant; any thread may call.
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
  std::string name;  // letters, digits, '.', '_', '-'
  std::string title;
  std::string description;
  std::vector<std::string> aliases;  // besides "uri://name" and the name, which are always aliases

  bool is_called(std::string_view uri) const;
};

struct TaskType : TypeEntry {
  std::optional<data::Schema> taskinfo;  // schema of taskinfo; absent: anything is accepted
  std::optional<Mapping> task;           // absent: a task of this type cannot be run as a container
};

struct ServiceType : TypeEntry {};

/// A task type that this service runs itself.
struct OwnTaskType {
  std::string task_type;                 // its name
  std::optional<data::Schema> taskinfo;  // further restrictions of this service
};

/// Index in the list of types by name, "uri://name" and aliases, so that a look-up is fast in a long list.
using Spellings = std::map<std::string, std::size_t, std::less<>>;

class Catalogue {
 public:
  /// The types of catalogue.yaml.
  static Catalogue built_in();

  /// Reads from the section `planner`: `types_url`; `task_types` and `service_types`, which add types or replace
  /// built-in ones of the same name; `aliases`, more aliases of any type; and `runs`, the task types that this service
  /// runs itself, which replaces the built-in list.
  void read(config::Reader& planner, config::Faults& faults);

  /// Null: this service does not run the type.
  const OwnTaskType* runs(const TaskType& type) const;
  bool runs_any() const { return !runs_.empty(); }

  const std::vector<TaskType>& task_types() const { return task_types_; }
  const std::vector<ServiceType>& service_types() const { return service_types_; }

  /// Finds a type by its canonical URI, name or alias; null if there is none. Without a configured types_url, canonical
  /// URIs begin with `base_url`.
  const TaskType* find_task_type(std::string_view uri, std::string_view base_url) const;
  const ServiceType* find_service_type(std::string_view uri, std::string_view base_url) const;

  /// The canonical URI, where the page of the type is: "https://uws.example.org/task-types/oci-container".
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
  std::vector<OwnTaskType> runs_;
};

}  // namespace task
