#include "task/catalogue.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "task/built_in_texts.h"
#include "task/grammar.h"
#include "util/text.h"

namespace task {
namespace {

constexpr std::string_view task_types_folder = "/task-types/";
constexpr std::string_view service_types_folder = "/service-types/";

void read_entry(config::Reader& reader, TypeEntry& entry) {
  reader.take("name", entry.name);
  reader.take("title", entry.title);
  reader.take("description", entry.description);
  reader.take("aliases", entry.aliases);
  if (!grammar::is_name(entry.name)) reader.fault("name", "is not a name", "letters, digits, '.', '_' and '-'");
  if (entry.title.empty()) entry.title = entry.name;
}

TaskType read_task_type(const config::Section& section, config::Faults& faults) {
  config::Reader reader(section, faults);
  TaskType type;
  read_entry(reader, type);
  reader.take_schema("taskinfo", type.taskinfo);
  if (const config::Section task = reader.section("task"); task.present()) {
    auto mapping = Mapping::compile(*task.node());
    if (mapping.ok()) {
      type.task = *std::move(mapping);
    } else {
      reader.add(task, mapping.error());
    }
  }
  reader.done();
  return type;
}

ServiceType read_service_type(const config::Section& section, config::Faults& faults) {
  config::Reader reader(section, faults);
  ServiceType type;
  read_entry(reader, type);
  reader.done();
  return type;
}

/// Adds a fault if `spelling` is already a name or alias of another type: it must mean one type only.
template <typename Type>
void check_spelling(const std::vector<Type>& types, const std::string& name, const std::string& spelling,
                    const config::Section& section, config::Faults& faults) {
  for (const Type& other : types) {
    if (other.name == name || !other.is_called(spelling)) continue;
    faults.push_back(section.fault("'" + util::for_display(spelling) + "' is a name of " + other.name,
                                   "a name that is nobody else's"));
  }
}

template <typename Type>
void add(std::vector<Type>& types, Type type, const config::Section& section, config::Faults& faults) {
  for (const std::string& spelling : {type.name, "uri://" + type.name}) {
    check_spelling(types, type.name, spelling, section.child("name"), faults);
  }
  for (const std::string& alias : type.aliases) {
    check_spelling(types, type.name, alias, section.child("aliases"), faults);
  }
  const auto replaced =
      std::find_if(types.begin(), types.end(), [&](const Type& other) { return other.name == type.name; });
  if (replaced != types.end()) {
    *replaced = std::move(type);
  } else {
    types.push_back(std::move(type));
  }
}

/// Returns false if no type has this name.
template <typename Type>
bool add_aliases(std::vector<Type>& types, const std::string& name, const std::vector<std::string>& aliases,
                 const config::Section& section, config::Faults& faults) {
  const auto type = std::find_if(types.begin(), types.end(), [&](const Type& known) { return known.name == name; });
  if (type == types.end()) return false;
  for (const std::string& alias : aliases) check_spelling(types, name, alias, section, faults);
  type->aliases.insert(type->aliases.end(), aliases.begin(), aliases.end());
  return true;
}

template <typename Type>
Spellings spellings_of(const std::vector<Type>& types) {
  Spellings spellings;
  for (std::size_t i = 0; i < types.size(); ++i) {
    spellings.emplace(types[i].name, i);
    spellings.emplace("uri://" + types[i].name, i);
    for (const std::string& alias : types[i].aliases) spellings.emplace(alias, i);
  }
  return spellings;
}

/// Finds a type by any of its URIs. `folder`: the URL below which the pages of the types are; canonical URIs are this
/// URL and the name, never an alias.
template <typename Type>
const Type* find(const std::vector<Type>& types, const Spellings& spellings, std::string_view uri,
                 const std::string& folder) {
  if (uri.starts_with(folder)) {
    const std::string_view name = uri.substr(folder.size());
    const auto named = spellings.find(name);
    if (named != spellings.end() && types[named->second].name == name) return &types[named->second];
  }
  const auto found = spellings.find(uri);
  return found == spellings.end() ? nullptr : &types[found->second];
}

}  // namespace

bool TypeEntry::is_called(std::string_view uri) const {
  constexpr std::string_view scheme = "uri://";
  if (uri == name || (uri.starts_with(scheme) && uri.substr(scheme.size()) == name)) return true;
  return std::find(aliases.begin(), aliases.end(), uri) != aliases.end();
}

Catalogue Catalogue::built_in() {
  const data::Limits limits{.bytes = 1U << 20U};
  const auto document = data::parse_yaml(catalogue_text, limits);
  assert(document.ok());
  config::Faults faults;
  Catalogue catalogue;
  config::Reader reader(config::Section(&document.value(), "", 1), faults);
  catalogue.read(reader, faults);
  reader.done();
  assert(faults.empty());
  return catalogue;
}

const OwnTaskType* Catalogue::runs(const TaskType& type) const {
  const auto found =
      std::find_if(runs_.begin(), runs_.end(), [&](const OwnTaskType& runs) { return runs.task_type == type.name; });
  return found == runs_.end() ? nullptr : &*found;
}

/// Reads `runs`: each item is the name of a task type, or a mapping with `task_type` and `taskinfo`.
void Catalogue::read_runs(config::Reader& planner, config::Faults& faults) {
  if (!planner.has("runs")) {
    // The operator may have replaced a built-in type by one without a task: only other platforms can run that.
    std::erase_if(runs_, [&](const OwnTaskType& runs) {
      return std::none_of(task_types_.begin(), task_types_.end(),
                          [&](const TaskType& type) { return type.name == runs.task_type && type.task; });
    });
    return;
  }
  runs_.clear();
  for (const config::Section& section : planner.section("runs").items()) {
    OwnTaskType runs;
    if (const auto word = section.node()->as_string()) {
      runs.task_type = *word;
    } else {
      config::Reader reader(section, faults);
      reader.take("task_type", runs.task_type);
      reader.take_schema("taskinfo", runs.taskinfo);
      reader.done();
    }
    const auto type = std::find_if(task_types_.begin(), task_types_.end(),
                                   [&](const TaskType& known) { return known.name == runs.task_type; });
    if (type == task_types_.end()) {
      faults.push_back(section.fault("'" + util::for_display(runs.task_type) + "' is no task type", "its name"));
    } else if (!type->task) {
      faults.push_back(section.fault(type->name + " does not become a container", "a task type with a task"));
    }
    runs_.push_back(std::move(runs));
  }
}

void Catalogue::read(config::Reader& planner, config::Faults& faults) {
  planner.take("types_url", types_url_);
  while (types_url_.ends_with('/')) types_url_.pop_back();
  for (const config::Section& section : planner.section("task_types").items()) {
    add(task_types_, read_task_type(section, faults), section, faults);
  }
  for (const config::Section& section : planner.section("service_types").items()) {
    add(service_types_, read_service_type(section, faults), section, faults);
  }
  read_aliases(planner.section("aliases"), faults);
  task_spellings_ = spellings_of(task_types_);
  service_spellings_ = spellings_of(service_types_);
  read_runs(planner, faults);
}

void Catalogue::read_aliases(const config::Section& section, config::Faults& faults) {
  config::Reader reader(section, faults);
  for (const auto& [name, list] : section.members()) {
    std::vector<std::string> aliases;
    reader.take(name, aliases);
    if (!add_aliases(task_types_, name, aliases, list, faults) &&
        !add_aliases(service_types_, name, aliases, list, faults)) {
      faults.push_back(list.fault("'" + util::for_display(name) + "' is no task type and no service type", "its name"));
    }
  }
}

const TaskType* Catalogue::find_task_type(std::string_view uri, std::string_view base_url) const {
  return find(task_types_, task_spellings_, uri,
              std::string(types_url_.empty() ? base_url : types_url_).append(task_types_folder));
}

const ServiceType* Catalogue::find_service_type(std::string_view uri, std::string_view base_url) const {
  return find(service_types_, service_spellings_, uri,
              std::string(types_url_.empty() ? base_url : types_url_).append(service_types_folder));
}

std::string Catalogue::uri_of(const TaskType& type, std::string_view base_url) const {
  return std::string(types_url_.empty() ? base_url : types_url_).append(task_types_folder).append(type.name);
}

std::string Catalogue::uri_of(const ServiceType& type, std::string_view base_url) const {
  return std::string(types_url_.empty() ? base_url : types_url_).append(service_types_folder).append(type.name);
}

}  // namespace task
