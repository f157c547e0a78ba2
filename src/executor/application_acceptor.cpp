#include "executor/application_acceptor.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "util/part_reference.h"
#include "util/text.h"

namespace executor {
namespace {

using task::Application;
using task::Declaration;
using util::Error;
using util::ErrorCode;
using util::Fault;
using uws::Parameter;

/// The text of a value as a form would send it. 7.0 becomes 7, because JSON Schema regards 7.0 as an integer.
std::string text_of(const data::Node& value) {
  if (value.kind() != data::Kind::number || value.as_int()) return value.text();
  const double number = value.as_double().value_or(0);
  const data::Node written = data::Node::number(number);
  return written.as_int() ? written.text() : value.text();
}

struct ExpandedParameters {
  std::vector<Parameter> parameters;
  std::vector<std::string> emptied;  // parameters whose values an empty array removes
};

/// Reads a document: an object whose members are parameters, as in the application's schema. An array gives one
/// parameter several values.
util::Result<ExpandedParameters> expand(const uws::Document& document) {
  ASSIGN_OR_RETURN(const data::Node node, task::parse_document(document.text, document.media_type));
  ExpandedParameters expanded;
  std::vector<Fault> faults;
  if (!node.is_object()) faults.push_back({"", "the document is not an object", "an object of parameters"});
  const auto add = [&](const std::string& name, const data::Node& value, const std::string& pointer) {
    if (value.is_scalar()) {
      expanded.parameters.push_back({name, text_of(value), false, {}, {}, 0});
    } else {
      faults.push_back({pointer, "is not a value", "a string, a number, true or false"});
    }
  };
  for (const auto& [name, value] : node.members()) {
    const std::string pointer = data::child_pointer("", name);
    if (!value.is_array()) {
      add(name, value, pointer);
      continue;
    }
    if (value.items().empty()) expanded.emptied.push_back(name);
    for (std::size_t i = 0; i < value.items().size(); ++i) add(name, value.items()[i], data::child_pointer(pointer, i));
  }
  if (!faults.empty()) return Error::of(ErrorCode::invalid_argument, std::move(faults));
  return expanded;
}

/// The work of one call of accept().
class AcceptCall {
 public:
  explicit AcceptCall(const Application& application) : application_(application) {}

  /// Keeps a value that the job already has, unless the request replaces it. To be called after all give() calls.
  void keep(const Parameter& parameter) {
    const Declaration* declared = application_.declaration(parameter.name);
    const std::string& name = declared != nullptr ? declared->name : parameter.name;
    const bool replaced = set_.contains(name);
    if (replaced) return;
    if (declared != nullptr && declared->accumulate && !parameter.by_reference)
      return keep_beside(parameter, *declared);
    add(parameter, declared);
  }

  void give(const Parameter& parameter) {
    const Declaration* declared = application_.declaration(parameter.name);
    if (parameter.by_reference) return give_upload(parameter, declared);
    if (declared == nullptr) {
      if (!application_.ignore_unknown) {
        refuse(task::unknown_parameter(application_, parameter.name, uws::control_parameters()));
      }
      return;
    }
    if (application_.empty_is_absent && parameter.value.empty()) return void(set_.insert(declared->name));
    const bool later = application_.judge == task::JudgeAt::run;
    auto fault = later ? task::judge_text(*declared, parameter.value) : task::judge(*declared, parameter.value);
    if (fault) return refuse(*std::move(fault));
    // NAME=param:NAME with an uploaded part called NAME: the upload itself is the value, so the reference is not kept.
    const auto parts = task::parts_of(*declared, parameter.value);
    const bool itself =
        parts.size() == 1 && util::iequals(parts.front(), declared->name) && is_fresh_upload(declared->name);
    if (!itself && !is_said(parameter, *declared)) add(parameter, declared);
    if (!declared->accumulate) set_.insert(declared->name);
  }

  /// Removes the values that the job has for this parameter.
  void empty(const std::string& name) {
    const Declaration* declared = application_.declaration(name);
    if (declared != nullptr) return void(set_.insert(declared->name));
    if (!application_.ignore_unknown) refuse(task::unknown_parameter(application_, name, uws::control_parameters()));
  }

  void announce(const std::vector<Parameter>& given) {
    for (const Parameter& parameter : given) {
      const Declaration* declared = application_.declaration(parameter.name);
      if (parameter.by_reference) fresh_uploads_.insert(declared != nullptr ? declared->name : parameter.name);
    }
  }

  util::Result<std::vector<Parameter>> finish() {
    for (auto& [name, former] : former_) {
      auto& own = values_[name];
      own.insert(own.begin(), std::make_move_iterator(former.begin()), std::make_move_iterator(former.end()));
    }
    add_defaults();
    check_counts();
    tidy_uploads();
    if (!faults_.empty()) return Error::of(ErrorCode::invalid_argument, std::move(faults_));
    std::vector<Parameter> all;
    for (const Declaration& declared : application_.parameters) {
      const auto& own = values_[declared.name];
      all.insert(all.end(), own.begin(), own.end());
    }
    for (auto& [name, upload] : uploads_) all.push_back(std::move(upload));
    return all;
  }

 private:
  void refuse(Fault fault) { faults_.push_back(std::move(fault)); }
  bool is_fresh_upload(const std::string& name) const { return fresh_uploads_.contains(name); }

  /// True if a parameter that takes only one value is given the same value again.
  bool is_said(const Parameter& parameter, const Declaration& declared) {
    const auto& given = values_[declared.name];
    return !declared.multiple && std::any_of(given.begin(), given.end(), [&](const Parameter& other) {
      return !other.by_reference && other.value == parameter.value;
    });
  }

  /// For a parameter that accumulates: keeps the former value, without the files that the request gives anew, and adds
  /// the new values to it.
  void keep_beside(Parameter former, const Declaration& declared) {
    for (const Parameter& later : values_[declared.name]) {
      if (declared.passing.folder.empty()) break;
      former.value = task::without_files_of(declared, former.value, later.value);
    }
    if (former.value.empty()) return;
    for (const std::string& part : task::parts_of(declared, former.value)) {
      const auto fresh = util::find_part(fresh_uploads_, part, [](const std::string& name) { return name; });
      if (fresh == fresh_uploads_.end()) continue;
      refuse({declared.name, "the part '" + util::for_display(part) + "' is what a former value refers to",
              "another name for the new part"});
    }
    former_[declared.name].push_back(std::move(former));
  }

  void give_upload(const Parameter& upload, const Declaration* declared) {
    if (declared != nullptr && declared->passing.file.empty()) {
      return refuse({declared->name, "was uploaded, and is not taken as a file", task::accepted_values(*declared)});
    }
    add(upload, declared);
    set_.insert(declared != nullptr ? declared->name : upload.name);
  }

  void add(Parameter parameter, const Declaration* declared) {
    if (declared == nullptr) {
      uploads_[parameter.name] = std::move(parameter);
    } else {
      parameter.name = declared->name;
      values_[declared->name].push_back(std::move(parameter));
    }
  }

  void add_defaults() {
    for (const Declaration& declared : application_.parameters) {
      auto& own = values_[declared.name];
      if (own.empty() && declared.default_value)
        own.push_back({declared.name, *declared.default_value, false, {}, {}, 0});
    }
  }

  void check_counts() {
    for (const Declaration& declared : application_.parameters) {
      const std::size_t count = values_[declared.name].size();
      if (count > 1 && !declared.multiple) {
        refuse({declared.name, "is given " + std::to_string(count) + " times", "one value"});
      }
    }
  }

  /// Drops earlier uploads to which no value refers any more. A new upload to which no value refers is a fault, unless
  /// the application ignores unknown parameters.
  void tidy_uploads() {
    std::set<std::string> spoken_of;
    for (const Declaration& declared : application_.parameters) {
      for (const Parameter& value : values_[declared.name]) {
        for (const std::string& part : task::parts_of(declared, value.value)) {
          const auto upload =
              util::find_part(uploads_, part, [](const auto& item) { return std::string_view(item.first); });
          if (upload != uploads_.end()) spoken_of.insert(upload->first);
        }
      }
    }
    for (auto upload = uploads_.begin(); upload != uploads_.end();) {
      if (spoken_of.contains(upload->first)) {
        ++upload;
        continue;
      }
      if (is_fresh_upload(upload->first) && !application_.ignore_unknown) {
        Fault fault = task::unknown_parameter(application_, upload->first);
        fault.reason = "was uploaded, and no parameter refers to it";
        refuse(std::move(fault));
      }
      upload = uploads_.erase(upload);
    }
  }

  const Application& application_;
  std::map<std::string, std::vector<Parameter>> values_;  // by declared name
  std::map<std::string, std::vector<Parameter>> former_;  // earlier values that are kept beside the new ones
  std::map<std::string, Parameter> uploads_;              // uploads whose name is not that of a declared parameter
  std::set<std::string> set_;                             // names that this request sets
  std::set<std::string> fresh_uploads_;
  std::vector<Fault> faults_;
};

}  // namespace

util::Result<uws::AcceptedTask> ApplicationAcceptor::accept(const uws::Owner&, const std::vector<Parameter>& present,
                                                            const uws::JobRequest& given) const {
  std::vector<Parameter> fresh = given.parameters;
  std::vector<std::string> emptied;
  if (given.document) {
    const auto plain = std::find_if(fresh.begin(), fresh.end(), [](const Parameter& p) { return !p.by_reference; });
    if (plain != fresh.end()) {
      return Error::of(ErrorCode::invalid_argument,
                       Fault{util::for_display(plain->name), "is given together with a document",
                             "either a document, or parameters"});
    }
    ASSIGN_OR_RETURN(const ExpandedParameters expanded, expand(*given.document));
    fresh.insert(fresh.end(), expanded.parameters.begin(), expanded.parameters.end());
    emptied = expanded.emptied;
  }
  AcceptCall accepting(application_);
  for (const std::string& name : emptied) accepting.empty(name);
  accepting.announce(fresh);
  for (const Parameter& parameter : fresh) accepting.give(parameter);
  for (const Parameter& parameter : present) accepting.keep(parameter);
  ASSIGN_OR_RETURN(std::vector<Parameter> parameters, accepting.finish());

  const auto task = admission_.task_of(application_.name, parameters);
  if (!task.ok()) {
    if (application_.judge == task::JudgeAt::given) return task.error();
    return uws::AcceptedTask{std::move(parameters)};  // the faults are reported when the job is told to run
  }
  if (auto faults = admission_.refusals(application_.name, *task); !faults.empty()) {
    return Error::of(ErrorCode::forbidden, std::move(faults));
  }
  return uws::AcceptedTask{std::move(parameters)};
}

}  // namespace executor
