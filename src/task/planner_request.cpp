#include "task/planner_request.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

#include "util/quantity.h"
#include "util/text.h"

namespace task {
namespace {

using data::Node;
using util::Error;
using util::ErrorCode;
using util::Fault;

constexpr std::size_t longest_uri = 1000;
constexpr std::size_t most_members = 1000;

struct Word {
  std::string_view parameter;
  std::string_view pointer;  // in a container task document
  std::string_view asked;    // the member of the request's resources that asks for it, or empty
};

constexpr std::array<Word, 15> words{{{"IMAGE", "/image", ""},
                                      {"ENTRYPOINT", "/entrypoint", ""},
                                      {"ARG", "/args", ""},
                                      {"ENV", "/env", ""},
                                      {"WORKDIR", "/workdir", ""},
                                      {"PORT", "/ports", ""},
                                      {"MOUNT", "/mounts", ""},
                                      {"INPUT", "/inputs", ""},
                                      {"OUTPUT", "/outputs", ""},
                                      {"CORES", "/resources/cores", "mincores"},
                                      {"MEMORY", "/resources/memory", "minmemory"},
                                      {"GPUS", "/resources/gpus", ""},
                                      {"DISK", "/resources/disk", "minstorage"},
                                      {"PLATFORM", "/platform", ""},
                                      {"NETWORK", "/network", ""}}};

/// A member of a request's resources, and the member of a container task's resources that it sets.
struct ResourceWord {
  std::string_view asked;
  std::string_view task;
};
constexpr std::array<ResourceWord, 3> resource_words{
    {{"mincores", "cores"}, {"minmemory", "memory"}, {"minstorage", "disk"}}};

void append(std::vector<Fault>& faults, std::vector<Fault> more) {
  std::move(more.begin(), more.end(), std::back_inserter(faults));
}

Fault bad_uri(std::string reason) {
  return {"/tasktype", std::move(reason), "the URI of a task type, such as uri://oci-container"};
}

/// Members that belong to the job, not to the task: the same document can be posted to a job list.
constexpr std::array<std::string_view, 6> job_words{"phase",       "runid", "executionduration",
                                                    "destruction", "share", "action"};

constexpr std::array<std::string_view, 10> known_resources{"mincores",    "maxcores",   "minmemory",  "maxmemory",
                                                           "minstorage",  "maxstorage", "minstartup", "maxstartup",
                                                           "minduration", "maxduration"};

/// Adds a note for each of these members; above a limit, one note for all others.
void note_ignored(const std::string& prefix, const std::vector<std::string>& names, std::vector<std::string>& notes) {
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) {
    notes.push_back(prefix + util::for_display(names[i]) + " is not understood, and was ignored");
  }
  if (names.size() > most) notes.push_back("so were " + std::to_string(names.size() - most) + " more");
}

template <typename Known>
std::vector<std::string> unknown_members(const Node& object, const Known& known) {
  std::vector<std::string> unknown;
  for (const auto& [name, value] : object.members()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) unknown.push_back(name);
  }
  return unknown;
}

/// The members of taskinfo that neither the schema nor the template of the type uses.
std::vector<std::string> ignored_members(const TaskType& type, const Node& taskinfo) {
  std::vector<std::string> ignored;
  if (type.task && type.task->is_identity()) {
    for (const auto& [name, value] : taskinfo.members()) {
      const std::string pointer = data::child_pointer("", name);
      const bool known = name == "resources" || std::any_of(words.begin(), words.end(),
                                                            [&](const Word& word) { return word.pointer == pointer; });
      if (!known) ignored.push_back(name);
    }
    return ignored;
  }
  if (type.taskinfo) ignored = type.taskinfo->unnamed_members(taskinfo);
  std::erase_if(ignored, [&](const std::string& name) { return type.task && type.task->names().contains(name); });
  return ignored;
}

Node without(const Node& object, const std::vector<std::string>& names) {
  const std::set<std::string_view> left_out(names.begin(), names.end());
  Node rest = Node::object();
  for (const auto& [name, value] : object.members()) {
    if (!left_out.contains(name)) rest.set(name, value);
  }
  return rest;
}

/// The parts to which the inputs refer. They are taken as uploaded here; this is checked when a job is created.
std::vector<std::string> parts_of(const std::vector<Pair>& parameters) {
  constexpr std::string_view mark = ",param:";
  std::vector<std::string> parts;
  for (const Pair& pair : parameters) {
    const auto at = pair.name == "INPUT" ? pair.value.find(mark) : pair.value.npos;
    if (at != pair.value.npos) parts.push_back(pair.value.substr(at + mark.size()));
  }
  return parts;
}

/// A form cannot express a list of one item, so an unquoted scalar where a list is wanted becomes a list.
Node with_lists(Node document) {
  for (const char* name : {"entrypoint", "args", "env", "ports", "mounts", "inputs", "outputs"}) {
    const Node* value = document.find(name);
    if (value == nullptr || value->kind() != data::Kind::plain) continue;
    Node list = Node::array();
    list.push(*value);
    document.set(name, std::move(list));
  }
  return document;
}

bool is_same_amount(std::string_view word, const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto parse = word == "mincores" ? util::parse_millicores : util::parse_bytes;
  const auto first = parse(a);
  const auto second = parse(b);
  return first.ok() && second.ok() && *first == *second;
}

/// The task gets just the minimum that the request asks for. If the task gives its own amount, both must be equal.
void add_resources(Node& document, const PlannerRequest& request, std::vector<Fault>& faults) {
  const Node* present = document.find("resources");
  if (present != nullptr && !present->is_object() && !present->is_null()) return;  // reported by expand_document()
  Node resources = present != nullptr && present->is_object() ? *present : Node::object();
  for (const ResourceWord& word : resource_words) {
    const Node* asked = request.resources.find(word.asked);
    if (asked == nullptr || asked->is_null()) continue;
    const Node* said = resources.find(word.task);
    if (said != nullptr && !said->is_null() && !is_same_amount(word.asked, said->text(), asked->text())) {
      faults.push_back(
          {data::child_pointer("/resources", word.asked),
           "is " + util::for_display(asked->text()) + ", and the task says " + util::for_display(said->text()),
           "the same in both, or one of them"});
    }
    resources.set(std::string(word.task), Node::string(asked->text()));
  }
  if (!resources.members().empty()) document.set("resources", std::move(resources));
}

std::vector<Fault> moved(std::vector<Fault> faults, const TaskType& type, const PlannerRequest& request) {
  for (Fault& fault : faults) {
    fault.input = fault.input.starts_with('/') || fault.input.empty() ? "/taskinfo" + type.task->origin_of(fault.input)
                                                                      : pointer_of(type, request, fault.input);
  }
  return faults;
}

/// Reads one quantity, or adds a fault.
template <typename Quantity>
void take(const Node& resources, std::string_view name, util::Result<Quantity> (*parse)(std::string_view),
          std::optional<Quantity>& target, std::vector<Fault>& faults) {
  const Node* node = resources.find(name);
  if (node == nullptr || node->is_null()) return;
  auto value = parse(node->text());
  if (value.ok()) {
    target = *value;
    return;
  }
  Fault fault = value.error().faults.front();
  fault.input = data::child_pointer("/resources", name);
  faults.push_back(std::move(fault));
}

}  // namespace

bool is_planner_request(const Node& document) { return document.is_object() && document.find("tasktype") != nullptr; }

util::Result<PlannerRequest> planner_request_of(const Node& document) {
  std::vector<Fault> faults;
  PlannerRequest request;
  if (!document.is_object()) {
    return Error::of(ErrorCode::invalid_argument,
                     Fault{"", "is no question to a planner", "an object with tasktype, and perhaps taskinfo"});
  }
  const Node* type = document.find("tasktype");
  const auto uri = type != nullptr ? type->as_string() : std::nullopt;
  const auto may_be_in_uri = [](char c) { return c > ' ' && c <= '~'; };
  if (type == nullptr || type->is_null()) {
    faults.push_back(bad_uri("is missing"));
  } else if (!uri) {
    faults.push_back(bad_uri("is not a text"));
  } else if (uri->empty()) {
    faults.push_back(bad_uri("is empty"));
  } else if (uri->size() > longest_uri) {
    faults.push_back(bad_uri("has " + std::to_string(uri->size()) + " characters, and at most " +
                             std::to_string(longest_uri) + " are read"));
  } else if (!std::all_of(uri->begin(), uri->end(), may_be_in_uri)) {
    faults.push_back(bad_uri("'" + util::for_display(*uri) + "' is no URI"));
  } else {
    request.tasktype = *uri;
  }
  if (const Node* taskinfo = document.find("taskinfo"); taskinfo != nullptr && !taskinfo->is_null()) {
    if (!taskinfo->is_object()) faults.push_back({"/taskinfo", "is not an object", "an object, as the task type says"});
    if (taskinfo->members().size() > most_members) {
      faults.push_back({"/taskinfo", "has " + std::to_string(taskinfo->members().size()) + " members",
                        "at most " + std::to_string(most_members)});
    }
    request.taskinfo = *taskinfo;
  }
  if (const Node* resources = document.find("resources"); resources != nullptr && !resources->is_null()) {
    if (!resources->is_object()) faults.push_back({"/resources", "is not an object", "an object"});
    request.resources = *resources;
    note_ignored("resources.", unknown_members(*resources, known_resources), request.notes);
  }
  if (const Node* tags = document.find("tags"); tags != nullptr && !tags->is_null()) {
    const std::vector<Node> alone{*tags};
    for (const Node& tag : tags->is_array() ? tags->items() : alone) {
      if (tag.as_string()) {
        request.tags.push_back(*tag.as_string());
      } else {
        faults.push_back({"/tags", "is no list of texts", "words by which planners are chosen"});
      }
    }
  }
  constexpr std::array<std::string_view, 4> known{"tasktype", "taskinfo", "resources", "tags"};
  std::vector<std::string> others = unknown_members(document, known);
  std::erase_if(others, [&](const std::string& name) {
    if (std::find(job_words.begin(), job_words.end(), util::to_lower(name)) == job_words.end()) return false;
    request.notes.push_back(util::for_display(name) + " is for the job, and is looked at when it is posted");
    return true;
  });
  note_ignored("", others, request.notes);
  if (!faults.empty()) return Error::of(ErrorCode::invalid_argument, std::move(faults));
  return request;
}

util::Result<AskedResources> asked_resources(const PlannerRequest& request) {
  AskedResources asked;
  std::vector<Fault> faults;
  const Node& resources = request.resources;
  take(resources, "mincores", util::parse_millicores, asked.min_millicores, faults);
  take(resources, "minmemory", util::parse_bytes, asked.min_memory_bytes, faults);
  take(resources, "minstorage", util::parse_bytes, asked.min_storage_bytes, faults);
  take(resources, "maxstartup", util::parse_duration, asked.max_startup, faults);
  take(resources, "minduration", util::parse_duration, asked.min_duration, faults);
  if (!faults.empty()) return Error::of(ErrorCode::invalid_argument, std::move(faults));
  return asked;
}

std::vector<Fault> shape_faults(const TaskType& type, const PlannerRequest& request, const data::Schema* narrower) {
  std::vector<Fault> faults;
  if (request.taskinfo && type.taskinfo) faults = type.taskinfo->check(*request.taskinfo, "/taskinfo");
  if (request.taskinfo && narrower != nullptr) append(faults, narrower->check(*request.taskinfo, "/taskinfo"));
  if (const auto asked = asked_resources(request); !asked.ok()) append(faults, asked.error().faults);
  return faults;
}

util::Result<PlannedTask> plan(const TaskType& type, const PlannerRequest& request, const data::Schema* narrower) {
  PlannerRequest whole = request;
  whole.taskinfo = request.taskinfo.value_or(Node::object());
  if (type.taskinfo) whole.taskinfo = type.taskinfo->with_defaults(*std::move(whole.taskinfo));
  std::vector<Fault> faults = shape_faults(type, whole, narrower);
  const auto asked = asked_resources(request);
  const bool has_shape = faults.size() == (asked.ok() ? 0 : asked.error().faults.size());
  if (!has_shape) return Error::of(ErrorCode::invalid_argument, std::move(faults));

  PlannedTask planned;
  if (asked.ok() && asked->min_duration > std::chrono::seconds(0)) planned.min_duration = asked->min_duration;
  const std::vector<std::string> ignored = ignored_members(type, *whole.taskinfo);
  planned.notes = request.notes;
  note_ignored("taskinfo.", ignored, planned.notes);
  Node document = with_lists(type.task->apply(without(*whole.taskinfo, ignored)));
  if (asked.ok()) add_resources(document, request, faults);
  ExpandedDocument expanded = expand_document(document);
  append(faults, moved(std::move(expanded.faults), type, request));
  auto task = from_parameters(expanded.pairs, parts_of(expanded.pairs));
  if (task.ok()) {
    planned.task = *std::move(task);
  } else {
    append(faults, moved(std::move(task).error().faults, type, request));
  }
  planned.parameters = std::move(expanded.pairs);
  if (!faults.empty()) return Error::of(ErrorCode::invalid_argument, std::move(faults));
  return planned;
}

namespace {

/// Turns plain (unquoted) scalars into strings: in a container task only some resources are numbers.
Node with_texts(const Node& value) {
  if (value.kind() == data::Kind::plain) return Node::string(value.text());
  if (value.is_array()) {
    Node list = Node::array();
    for (const Node& item : value.items()) list.push(with_texts(item));
    return list;
  }
  if (!value.is_object()) return value;
  Node object = Node::object();
  for (const auto& [name, member] : value.members()) object.set(name, with_texts(member));
  return object;
}

/// Applies with_texts() to the lists and objects of taskinfo, except for `resources`, which has numbers.
Node with_texts_below(const Node& taskinfo) {
  Node coerced = Node::object();
  for (const auto& [name, value] : taskinfo.members()) {
    coerced.set(name, name == "resources" || value.is_scalar() ? value : with_texts(value));
  }
  return coerced;
}

}  // namespace

Node coerced_taskinfo(const TaskType& type, const Node& taskinfo) {
  if (type.taskinfo) {
    const Node coerced = type.taskinfo->coerced(taskinfo);
    // The schema may leave open what is within a member, such as the names and values of `env`.
    return type.task && coerced.is_object() ? with_texts_below(coerced) : coerced;
  }
  if (!type.task || !type.task->is_identity() || !taskinfo.is_object()) return taskinfo;
  const Node listed = with_lists(taskinfo);
  Node coerced = Node::object();
  for (const auto& [name, value] : listed.members()) {
    coerced.set(name, name == "resources" ? value : with_texts(value));
  }
  return coerced;
}

std::string pointer_of(const TaskType& type, const PlannerRequest& request, std::string_view parameter) {
  const auto word =
      std::find_if(words.begin(), words.end(), [&](const Word& known) { return known.parameter == parameter; });
  if (word == words.end()) return "/taskinfo";
  if (!word->asked.empty() && request.resources.find(word->asked) != nullptr) {
    return data::child_pointer("/resources", word->asked);
  }
  return "/taskinfo" + (type.task ? type.task->origin_of(std::string(word->pointer)) : std::string());
}

}  // namespace task
