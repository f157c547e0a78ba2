#include "executor/acceptor.h"

#include <algorithm>
#include <optional>
#include <set>

#include "task/other_words.h"
#include "task/planner_request.h"
#include "util/part_reference.h"
#include "util/text.h"

namespace executor {
namespace {

using util::ErrorCode;
using util::Fault;
using uws::Parameter;

/// The parameter that holds a whole task document.
constexpr std::string_view document_name = "TASK";

std::optional<std::string_view> canonical(std::string_view name) {
  for (const std::string_view known : task::parameter_names()) {
    if (util::iequals(name, known)) return known;
  }
  return std::nullopt;
}

std::string all_names() {
  std::string text;
  for (const std::string_view name : task::parameter_names()) text += std::string(name) + ", ";
  return text + std::string(document_name) + "; of the job: PHASE, RUNID, EXECUTIONDURATION, DESTRUCTION, SHARE";
}

Fault unknown_name(const std::string& name) {
  if (const auto ours = task::our_word(name)) {
    return {util::for_display(name), "is not a parameter of a task", std::string(ours->parameter)};
  }
  std::vector<std::string_view> candidates = task::parameter_names();
  candidates.push_back(document_name);
  const auto& of_jobs = uws::control_parameters();
  candidates.insert(candidates.end(), of_jobs.begin(), of_jobs.end());
  std::string asked = util::to_upper(name);
  std::erase(asked, '_');  // RUN_ID
  const auto near = util::nearest(asked, candidates);
  return {util::for_display(name), "is not a parameter of a task", near ? std::string(*near) : all_names()};
}

/// The parameters of a request, sorted by kind.
struct ParametersByKind {
  std::vector<Parameter> values;
  std::vector<task::DottedValue> question;  // a request in the form of the ExecutionPlanner
  std::vector<Parameter> uploads;
  std::optional<uws::Document> document;
};

util::Result<ParametersByKind> sort(const uws::JobRequest& given) {
  ParametersByKind sorted;
  std::vector<Fault> faults;
  std::size_t documents = given.document ? 1 : 0;
  sorted.document = given.document;
  for (const Parameter& parameter : given.parameters) {
    const auto name = canonical(parameter.name);
    const bool is_document = util::iequals(parameter.name, document_name);
    if (parameter.by_reference) {
      if (name || is_document) {
        faults.push_back({util::for_display(parameter.name), "is a task parameter and was uploaded as a file",
                          "a plain value, or another name for the part"});
      } else if (!util::is_xml_text(parameter.name)) {
        faults.push_back({util::for_display(parameter.name), "is no name for an upload", "UTF-8 text"});
      } else {
        sorted.uploads.push_back(parameter);
      }
    } else if (is_document) {
      ++documents;
      sorted.document = uws::Document{{}, parameter.value};
    } else if (name) {
      sorted.values.push_back(parameter);
      sorted.values.back().name = *name;
    } else if (task::is_planner_name(parameter.name)) {
      sorted.question.push_back({parameter.name, parameter.value, parameter.media_type});
    } else {
      faults.push_back(unknown_name(parameter.name));
    }
  }
  if (documents > 1) faults.push_back({std::string(document_name), "is given more than once", "one document"});
  if (!sorted.question.empty() && (documents > 0 || !sorted.values.empty())) {
    faults.push_back({util::for_display(sorted.question.front().name), "is given together with a task",
                      "either tasktype with its taskinfo, or the parameters of a task"});
  } else if (documents > 0 && !sorted.values.empty()) {
    faults.push_back({sorted.values.front().name, "is given together with a whole task document",
                      "either a document, or parameters"});
  }
  if (!faults.empty()) return util::Error::of(ErrorCode::invalid_argument, std::move(faults));
  return sorted;
}

util::Error not_run_here(const task::Catalogue& catalogue, const std::string& tasktype) {
  std::string known;
  for (const task::TaskType& type : catalogue.task_types()) {
    if (catalogue.runs(type) != nullptr) known += (known.empty() ? "uri://" : ", uri://") + type.name;
  }
  return util::Error::of(ErrorCode::forbidden,
                         Fault{"/tasktype", "this service does not run '" + util::for_display(tasktype) + "'", known});
}

bool has(const std::vector<Parameter>& parameters, const std::string& name) {
  return std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& other) { return other.name == name; });
}

void order(std::vector<Parameter>& parameters) {
  const auto rank = [](const Parameter& parameter) {
    const auto& names = task::parameter_names();
    return std::find(names.begin(), names.end(), parameter.name) - names.begin();
  };
  std::stable_sort(parameters.begin(), parameters.end(),
                   [&](const Parameter& a, const Parameter& b) { return rank(a) < rank(b); });
}

/// Drops earlier uploads to which no input refers any more. A new upload to which no input refers is a fault.
std::vector<Fault> tidy_uploads(std::vector<Parameter>& parameters, const task::ContainerTask& task,
                                const ParametersByKind& sorted) {
  std::vector<Fault> faults;
  std::set<std::string> spoken_of;
  for (const task::Input& input : task.inputs) {
    if (input.parameter.empty()) continue;
    const auto upload = util::find_part(parameters, input.parameter, [](const Parameter& parameter) {
      return parameter.by_reference ? std::string_view(parameter.name) : std::string_view();
    });
    if (upload != parameters.end()) spoken_of.insert(upload->name);
  }
  std::erase_if(parameters, [&](const Parameter& parameter) {
    if (!parameter.by_reference) return false;
    const bool used = spoken_of.contains(parameter.name);
    if (!used && has(sorted.uploads, parameter.name)) {
      faults.push_back({util::for_display(parameter.name), "was uploaded, and no INPUT refers to it",
                        "INPUT=path,param:" + util::for_display(parameter.name)});
    }
    return !used;
  });
  return faults;
}

}  // namespace

util::Result<Acceptor::ExpandedTask> Acceptor::expand(const data::Node& document, const std::string& base_url) const {
  if (!task::is_planner_request(document)) {
    task::ExpandedDocument expanded = task::expand_document(document);
    if (!expanded.faults.empty()) return util::Error::of(ErrorCode::invalid_argument, std::move(expanded.faults));
    return ExpandedTask{{to_parameters(std::move(expanded.pairs)), {}, std::vector<std::string>{}},
                        std::move(expanded.emptied)};
  }
  const task::Catalogue& catalogue = admission_.catalogue();
  ASSIGN_OR_RETURN(const task::PlannerRequest request, task::planner_request_of(document));
  const task::TaskType* type = catalogue.find_task_type(request.tasktype, base_url);
  const task::OwnTaskType* runs = type != nullptr ? catalogue.runs(*type) : nullptr;
  if (runs == nullptr) return not_run_here(catalogue, request.tasktype);
  ASSIGN_OR_RETURN(task::PlannedTask planned, task::plan(*type, request, runs->taskinfo ? &*runs->taskinfo : nullptr));
  return ExpandedTask{{to_parameters(std::move(planned.parameters)), planned.min_duration, std::move(planned.notes)},
                      {}};
}

util::Result<uws::AcceptedTask> Acceptor::accept(const uws::Owner&, const std::vector<Parameter>& present,
                                                 const uws::JobRequest& given) const {
  ASSIGN_OR_RETURN(ParametersByKind sorted, sort(given));
  ExpandedTask expanded{{std::move(sorted.values)}, {}};
  bool is_whole = !sorted.question.empty();  // a planner request is a whole task
  if (sorted.document) {
    ASSIGN_OR_RETURN(const data::Node node, task::parse_document(sorted.document->text, sorted.document->media_type));
    is_whole = task::is_planner_request(node);
    ASSIGN_OR_RETURN(expanded, expand(node, given.base_url));
  } else if (is_whole) {
    ASSIGN_OR_RETURN(const data::Node node, task::tree_of(sorted.question));
    ASSIGN_OR_RETURN(expanded, expand(node, given.base_url));
  }
  uws::AcceptedTask& accepted = expanded.task;

  std::vector<Parameter> parameters;
  const auto is_emptied = [&](const std::string& name) {
    return std::find(expanded.emptied.begin(), expanded.emptied.end(), name) != expanded.emptied.end();
  };
  for (const Parameter& parameter : present) {
    const bool is_given = is_whole || has(accepted.parameters, parameter.name) || is_emptied(parameter.name);
    const bool replaced = parameter.by_reference ? has(sorted.uploads, parameter.name) : is_given;
    if (!replaced) parameters.push_back(parameter);
  }
  parameters.insert(parameters.end(), accepted.parameters.begin(), accepted.parameters.end());
  parameters.insert(parameters.end(), sorted.uploads.begin(), sorted.uploads.end());
  order(parameters);

  ASSIGN_OR_RETURN(const task::ContainerTask task, admission_.task_of({}, parameters));
  if (auto faults = tidy_uploads(parameters, task, sorted); !faults.empty()) {
    return util::Error::of(ErrorCode::invalid_argument, std::move(faults));
  }
  if (auto faults = admission_.refusals({}, task); !faults.empty()) {
    return util::Error::of(ErrorCode::forbidden, std::move(faults));
  }
  accepted.parameters = std::move(parameters);
  return std::move(accepted);
}

}  // namespace executor
